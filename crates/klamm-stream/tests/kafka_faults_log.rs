//! Consumers whose place in the log is no more, or cannot be read: `cargo xtask test --only kafka`.

mod faults;

use std::{
    ops::RangeInclusive,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use faults::{PROTOCOLS, cluster, in_time, settings, topic, until};
use futures_util::{FutureExt, StreamExt, future::join_all};
use klamm_core::{ErrorCode, ErrorKind, Message, TopicPartition};
use klamm_producer::{Producer, Record};
use klamm_stream::Consumer;
use klamm_testing::KafkaCluster;
use tokio::task::JoinHandle;

/// What `auto.offset.reset` can be.
const POLICIES: [&str; 3] = ["earliest", "latest", "error"];

/// How much librdkafka fetches before anybody looks.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Prefetch {
    Little,
    Much,
}

/// A consumer for each protocol and policy, and where it stands.
struct Reader {
    consumer: Consumer,
    topic: String,
    name: String,
    policy: &'static str,
    place: i64,
}

impl Reader {
    /// Starts all nine, each of a group of its own that has committed `committed`.
    fn start_all(cluster: &KafkaCluster, topic: &str, committed: i64, prefetch: Prefetch) -> Vec<Self> {
        let start = |(name, protocol): &(&str, &[(&str, &str)]), policy| {
            let name = format!("{name}, {policy}");
            let id = format!("{topic} {name}");
            cluster.commit(&id, topic, 0, committed).unwrap();
            let config = settings(cluster, &id, protocol).set("auto.offset.reset", policy);
            let config = config.set("check.crcs", true);
            let config = match prefetch {
                Prefetch::Little => config.set("queued.min.messages", 1).set("queued.max.messages.kbytes", 1),
                Prefetch::Much => config,
            };
            let consumer = Consumer::builder(config).subscribe([topic]).unwrap();
            Self { consumer, topic: topic.to_owned(), name, policy, place: committed }
        };
        PROTOCOLS.iter().flat_map(|it| POLICIES.map(|policy| start(it, policy))).collect()
    }

    /// Reads one message, which must be the one at its place.
    async fn step(&mut self) {
        let message = in_time(&self.name, self.consumer.recv()).await.unwrap();
        assert_eq!(message.offset(), self.place, "{}", self.name);
        self.place += 1;
    }

    /// Reads on from a place that is no more, in a log that began at `begin` and ended at `end` when that was noticed.
    async fn go_on(&self, begin: i64, end: i64) {
        let (name, mut place) = (&self.name, self.place);
        let mut stream = self.consumer.stream();
        let landed = loop {
            match in_time(name, stream.next()).await.expect("a stream goes on after an error") {
                // It was fetched while it was there.
                Ok(message) if message.offset() == place => place += 1,
                landed => break landed,
            }
        };
        let error = match landed {
            Ok(message) if self.policy == "earliest" => {
                assert_eq!(message.offset(), begin, "{name}");
                return Self::read_on(name, &mut stream, begin + 1).await;
            }
            Ok(message) => {
                assert!(self.policy == "latest" && message.offset() >= end, "{name}: {}", message.offset());
                return Self::read_on(name, &mut stream, message.offset() + 1).await;
            }
            Err(error) => error,
        };
        assert_eq!(self.policy, "error", "{name}: {error}");
        let ErrorKind::Partition { partition, offset, code, .. } = error.kind() else { panic!("{error:?}") };
        assert_eq!(*partition, TopicPartition::new(self.topic.as_str(), 0), "{name}");
        assert_eq!((*offset, *code), (place, ErrorCode::AUTO_OFFSET_RESET), "{name}");
    }

    async fn read_on(name: &str, stream: &mut klamm_stream::MessageStream<'_>, begin: i64) {
        for offset in begin..begin + 20 {
            assert_eq!(in_time(name, stream.next()).await.unwrap().unwrap().offset(), offset, "{name}");
        }
    }
}

/// Writes a record now and then, until it is told to stop.
fn trickle(cluster: &KafkaCluster, topic: &str, is_over: Arc<AtomicBool>) -> JoinHandle<()> {
    let (producer, topic) = (Producer::builder(cluster.config()).start().unwrap(), topic.to_owned());
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(Duration::from_millis(20));
        while !is_over.load(Ordering::Relaxed) {
            ticks.tick().await;
            producer.send(Record::to(topic.as_str()).payload("hello")).await.unwrap();
        }
    })
}

/// Lets all of them go on while something is written, and leave.
async fn go_on(cluster: &KafkaCluster, topic: &str, readers: Vec<Reader>, begin: i64, end: i64) {
    let (is_over, started) = (Arc::new(AtomicBool::new(false)), Instant::now());
    let writing = trickle(cluster, topic, Arc::clone(&is_over));
    join_all(readers.iter().map(|reader| reader.go_on(begin, end))).await;
    for Reader { consumer, name, policy, .. } in &readers {
        if *policy == "error" {
            assert!(
                consumer.recv().now_or_never().is_none(),
                "{name}: the error is said once, and ends nothing"
            );
            assert_eq!(
                consumer.diagnostics().partitions.len(),
                1,
                "{name}: it is still the partition's reader"
            );
        }
    }
    is_over.store(true, Ordering::Relaxed);
    in_time("the end of writing", writing).await.unwrap();
    let closing = readers.iter().map(|reader| reader.consumer.close(Duration::from_secs(60)));
    for report in in_time("close", join_all(closing)).await {
        assert!(report.has_left, "{report:?}");
    }
    eprintln!("{topic}: {:.1} s", started.elapsed().as_secs_f64());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_that_was_deleted_is_left_as_the_policy_says() {
    let cluster = cluster();
    let topic = topic(&cluster, "deleted", 1, 3);
    cluster.seed(&topic, 1, 2_000, 10_000).unwrap();
    let mut readers = Reader::start_all(&cluster, &topic, 0, Prefetch::Little);
    join_all(readers.iter_mut().map(Reader::step)).await;
    cluster.delete_records(&topic, 0, 1_500).unwrap();
    go_on(&cluster, &topic, readers, 1_500, 2_000).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_beyond_the_end_is_left_as_the_policy_says() {
    let cluster = cluster();
    let topic = topic(&cluster, "beyond", 1, 3);
    cluster.seed(&topic, 1, 100, 100).unwrap();
    let readers = Reader::start_all(&cluster, &topic, 1_000_000, Prefetch::Little);
    go_on(&cluster, &topic, readers, 0, 100).await;
}

/// Reads a log in which some batches cannot be read, and checks that all else comes, in order, and one error for each.
async fn read_around(reader: &Reader, damaged: &[RangeInclusive<i64>], end: i64) {
    let name = &reader.name;
    let mut stream = reader.consumer.stream();
    let (mut place, mut errors) = (0, Vec::new());
    while place < end {
        match in_time(name, stream.next()).await.expect("a stream goes on after an error") {
            Ok(message) => {
                while let Some(batch) = damaged.iter().find(|batch| batch.contains(&place)) {
                    place = batch.end() + 1;
                }
                assert_eq!(message.offset(), place, "{name}");
                place += 1;
            }
            Err(error) => {
                let is_stopped =
                    error.code() == Some(ErrorCode::AUTO_OFFSET_RESET) && reader.policy == "error";
                if is_stopped && !errors.is_empty() {
                    // librdkafka has taken damaged bytes for an offset, and has stopped for good, and not in silence.
                    break;
                }
                errors.push(error);
            }
        }
    }
    let told = errors.iter().map(|error| {
        let ErrorKind::Partition { partition, offset, code, .. } = error.kind() else { panic!("{error:?}") };
        assert_eq!(*partition, TopicPartition::new(reader.topic.as_str(), 0), "{name}");
        assert_eq!(*code, ErrorCode::BAD_MSG, "{name}: {error}");
        *offset
    });
    let expected: Vec<_> = damaged.iter().map(|batch| *batch.start()).collect();
    let told: Vec<_> = told.collect();
    let is_stopped = place < end;
    assert!(told == expected || is_stopped && expected.starts_with(&told), "{name}: {told:?}");
}

/// Spoils the batches with these offsets, of five with 200 records each, and has consumers read around them.
async fn check_damage(bytes: usize, spoilt: &[i64], prefetch: Prefetch) {
    let (started, cluster) = (Instant::now(), cluster());
    let topic = topic(&cluster, "spoilt", 1, 1);
    for _ in 0..5 {
        cluster.seed(&topic, 1, 200, bytes).unwrap();
    }
    let spoil = |offset: &i64| cluster.corrupt_batch(&topic, 0, *offset).unwrap();
    let damaged: Vec<_> = spoilt.iter().map(spoil).collect();
    let readers = Reader::start_all(&cluster, &topic, 0, prefetch);
    if prefetch == Prefetch::Much {
        // It has been beyond the batch, and gone back to the log's beginning, before anybody looks.
        for reader in readers.iter().filter(|reader| reader.policy == "earliest") {
            until(&reader.name, || reader.consumer.diagnostics().waiting() > 2_000).await;
        }
    }
    let is_over = Arc::new(AtomicBool::new(false));
    let writing = trickle(&cluster, &topic, Arc::clone(&is_over));
    join_all(readers.iter().map(|reader| read_around(reader, &damaged, 1_010))).await;
    is_over.store(true, Ordering::Relaxed);
    in_time("the end of writing", writing).await.unwrap();
    let closing = readers.iter().map(|reader| reader.consumer.close(Duration::from_secs(60)));
    for report in in_time("close", join_all(closing)).await {
        assert!(report.has_left, "{report:?}");
    }
    eprintln!("{damaged:?} of {bytes} bytes, {prefetch:?}: {:.1} s", started.elapsed().as_secs_f64());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_batch_is_one_error_and_the_messages_around_it_are_read() {
    for bytes in [100, 20] {
        check_damage(bytes, &[450], Prefetch::Little).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damaged_batches_at_both_ends_of_the_log_are_read_around() {
    check_damage(100, &[0, 200, 999], Prefetch::Little).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_fetched_behind_a_damaged_batch_is_not_believed() {
    check_damage(100, &[450], Prefetch::Much).await;
}
