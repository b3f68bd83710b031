//! What went wrong in other clients, each as a test that fails if it goes wrong here.

mod common;

use std::{
    future::poll_fn,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use common::{TOPIC, cluster, consumer, soon};
use futures::{FutureExt, Stream, StreamExt, TryStreamExt, executor::block_on};
use klamm_core::{Error, ErrorKind, Message, OwnedMessage, SharedMessage};
use klamm_producer::{Producer, Record};
use klamm_stream::{Consumer, PartitionEnd};
use klamm_testing::MockCluster;

/// For what must happen soon.
const WITHIN: Duration = Duration::from_secs(30);

/// A task that reads, on a thread that nothing but its waker wakes: no timer of a runtime heals what was missed.
struct Reader {
    items: mpsc::Receiver<Result<SharedMessage, Error>>,
    waits: Arc<AtomicUsize>,
    consumer: Consumer,
    thread: Option<thread::JoinHandle<()>>,
}

impl Reader {
    fn start(consumer: &Consumer) -> Self {
        Self::of(consumer, consumer.clone().into_stream())
    }

    fn of(
        consumer: &Consumer,
        stream: impl Stream<Item = Result<SharedMessage, Error>> + Send + 'static,
    ) -> Self {
        let (send, items) = mpsc::channel();
        let waits = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&waits);
        let thread = thread::spawn(move || {
            let mut stream = pin!(stream);
            while let Some(item) = block_on(poll_fn(|cx| {
                let poll = stream.as_mut().poll_next(cx);
                counted.fetch_add(usize::from(poll.is_pending()), Ordering::SeqCst);
                poll
            })) {
                // The test may have seen enough.
                send.send(item).ok();
            }
        });
        Self { items, waits, consumer: consumer.clone(), thread: Some(thread) }
    }

    /// Waits until the reader has found nothing and waits for its waker.
    fn until_it_waits(&self) {
        until("a reader that waits", || self.waits.load(Ordering::SeqCst) > 0);
    }

    fn item(&self) -> Result<SharedMessage, Error> {
        self.items.recv_timeout(WITHIN).expect("the reader is woken for what there is")
    }

    fn place(&self) -> (i32, i64) {
        let message = self.item().unwrap();
        (message.partition(), message.offset())
    }
}

/// Ends the reader with its consumer, unless it may never end.
impl Drop for Reader {
    fn drop(&mut self) {
        if !thread::panicking() {
            block_on(self.consumer.close(WITHIN));
            self.thread.take().map(thread::JoinHandle::join);
        }
    }
}

/// Waits for a condition that nobody tells of.
fn until(what: &str, is_so: impl Fn() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < WITHIN, "{what}: not within {WITHIN:?}");
        thread::sleep(Duration::from_millis(1));
    }
}

fn producer(cluster: &MockCluster) -> Producer {
    Producer::builder(cluster.config().set("linger.ms", 0)).start().unwrap()
}

/// Writes one message and returns where it stands.
fn write(producer: &Producer, partition: i32) -> (i32, i64) {
    let sent = producer.send(Record::to(TOPIC).partition(partition).payload("."));
    let delivered = block_on(sent).unwrap();
    (delivered.partition, delivered.offset)
}

/// A member of a group that hands partitions over one by one.
fn member(cluster: &MockCluster) -> Consumer {
    Consumer::builder(cluster.consumer_protocol_config("group")).subscribe([TOPIC]).unwrap()
}

/// Has the group take partitions away from the consumer and give them back: another member comes and goes.
fn take_away_and_give_back(cluster: &MockCluster, consumer: &Consumer) {
    let all = consumer.assignment();
    let other = member(cluster);
    until("a partition that is taken away", || !other.diagnostics().partitions.is_empty());
    assert!(consumer.diagnostics().partitions.len() < all.len());
    assert!(block_on(other.close(WITHIN)).has_left);
    until("a partition that is given back", || consumer.diagnostics().partitions.len() == all.len());
}

/// rust-rdkafka took an event that was no message for the end of its queue, went to sleep, and was not called again for the
/// messages behind it (issues 638 and 665). Here events and messages are in different queues, and a reader sleeps only after
/// a look into every queue that has called since.
#[test]
fn rdk_665_a_served_event_is_not_an_empty_queue() {
    let cluster = cluster(1, 0);
    // Events without end: statistics each millisecond, the answer to a commit for each message, and errors for the reader.
    let config = cluster.consumer_config("group").set("statistics.interval.ms", 1);
    let consumer = Consumer::builder(config).subscribe([TOPIC, "no-such-topic"]).unwrap();
    let (reader, producer) = (Reader::start(&consumer), producer(&cluster));
    let mut errors = 0;
    for _ in 0..100 {
        let written = write(&producer, 0);
        let message = loop {
            match reader.item() {
                Ok(message) => break message,
                Err(error) => {
                    assert!(matches!(error.kind(), ErrorKind::Topic { .. }), "{error:?}");
                    errors += 1;
                }
            }
        };
        assert_eq!((message.partition(), message.offset()), written);
        block_on(consumer.commit(&message)).unwrap();
    }
    assert!(errors > 0, "the reader served other things as well");
}

/// rust-rdkafka's partition queues have no timer that looks after them, as its main queue has (pull request 840): one wake
/// that is missed is for ever. Here no queue has such a timer, and none needs it.
#[test]
fn rdk_840_partition_queue_wakes_without_timer() {
    let cluster = cluster(8, 0);
    let consumer = consumer(&cluster, "group");
    let (reader, producer) = (Reader::start(&consumer), producer(&cluster));
    // Each message meets a reader that has just gone to sleep, or is about to.
    for round in 0..25 {
        for partition in 0..8 {
            assert_eq!(write(&producer, partition), (partition, round));
            assert_eq!(reader.place(), (partition, round));
        }
    }
}

/// In rust-rdkafka dropping the queue of a partition's last assignment removed the waker of the present one, and Vector's
/// readers slept for ever (vector issue 26438). Here each assignment has its own slot to wake, which the end of another does
/// not touch.
#[test]
fn vector_26438_dropping_an_old_partition_leaves_the_new_alive() {
    let cluster = cluster(2, 2);
    let consumer = member(&cluster);
    // Of each partition there is a message that is held, and a stream that was last there.
    let mut old_streams = [consumer.clone().into_stream(), consumer.clone().into_stream()];
    let old = old_streams.each_mut().map(|stream| block_on(stream.next()).unwrap().unwrap());
    for message in &old {
        assert_eq!(message.offset(), 0);
        block_on(consumer.commit(message)).unwrap();
    }
    take_away_and_give_back(&cluster, &consumer);
    let reader = Reader::start(&consumer);
    reader.until_it_waits();
    drop((old, old_streams));
    let producer = producer(&cluster);
    for offset in 1..10 {
        for partition in 0..2 {
            assert_eq!(write(&producer, partition), (partition, offset));
            assert_eq!(reader.place(), (partition, offset));
        }
    }
}

/// The same with a stream of the partition alone, which is dropped only when the next assignment's stream waits.
#[test]
fn vector_26438_dropping_an_old_partition_stream_leaves_the_new_alive() {
    let cluster = cluster(1, 1);
    let consumer = member(&cluster);
    let mut partitions = consumer.partitions();
    let mut old = block_on(partitions.next()).unwrap().unwrap();
    assert_eq!(block_on(old.next()).unwrap().unwrap().offset(), 0);
    block_on(old.commit_delivered()).unwrap();
    // Given up, and taken again.
    assert!(consumer.unsubscribe().now_or_never().is_none());
    assert!(block_on(old.next()).is_none());
    let end = old.take_end();
    assert!(matches!(end, Some(PartitionEnd::Revoked(_))), "{end:?}");
    drop(end);
    block_on(consumer.subscribe([TOPIC])).unwrap();
    let new = block_on(partitions.next()).unwrap().unwrap();
    assert_ne!(new.epoch(), old.epoch());
    let reader = Reader::of(&consumer, new);
    reader.until_it_waits();
    drop(old);
    let producer = producer(&cluster);
    for offset in 1..10 {
        assert_eq!(write(&producer, 0), (0, offset));
        assert_eq!(reader.place(), (0, offset));
    }
}

/// The stream of a partition is dropped half-way; what it has not delivered waits for the next, and new messages wake that.
#[test]
fn rdk_535_a_dropped_partition_stream_is_not_swallowed() {
    let cluster = cluster(1, 1_000);
    let consumer = member(&cluster);
    let mut old = block_on(consumer.partitions().next()).unwrap().unwrap();
    for offset in 0..10 {
        assert_eq!(block_on(old.next()).unwrap().unwrap().offset(), offset);
    }
    drop(old);
    let new = block_on(consumer.partitions().next()).unwrap().unwrap();
    let reader = Reader::of(&consumer, new);
    for offset in 10..1_000 {
        assert_eq!(reader.place(), (0, offset));
    }
    let producer = producer(&cluster);
    for offset in 1_000..1_010 {
        assert_eq!(write(&producer, 0), (0, offset));
        assert_eq!(reader.place(), (0, offset));
    }
}

/// In rust-rdkafka a partition whose queue was split off and dropped was never read again, not even after it was assigned
/// anew (issue 535): its messages went on to arrive in a queue without a reader. Here a reader that goes gives back what it
/// took, and a new assignment is a new start.
#[test]
fn rdk_535_a_dropped_partition_is_not_swallowed() {
    let cluster = cluster(2, 2_000);
    let consumer = member(&cluster);
    let mut old = consumer.clone().into_stream();
    let first = block_on(old.next()).unwrap().unwrap();
    let first = (first.partition(), first.offset());
    // What it took and did not deliver is of a partition that may be taken away, or may be kept.
    take_away_and_give_back(&cluster, &consumer);
    drop(old);
    let reader = Reader::start(&consumer);
    let mut next = [None; 2];
    while next != [Some(1_000); 2] {
        let (partition, offset) = reader.place();
        let place = &mut next[usize::try_from(partition).unwrap()];
        // Nothing was committed: it is from the beginning, but for what was delivered and is still ours.
        let is_first = offset == 0 || (first, offset) == ((partition, 0), 1);
        assert!(place.map_or(is_first, |next| next == offset), "{partition}@{offset} after {place:?}");
        *place = Some(offset + 1);
    }
    let producer = producer(&cluster);
    for partition in 0..2 {
        let written = write(&producer, partition);
        assert_eq!(reader.place(), written);
    }
}

/// Dropping rust-rdkafka's consumer waits for the group to be left, which without a broker takes as long as the session
/// (issue 611): ten seconds and more on a thread of the executor. Here the last handle only leaves a request.
#[test]
fn rdk_611_drop_does_not_block() {
    let cluster = cluster(4, 1_000);
    let config = cluster.consumer_config("group").set("session.timeout.ms", 30_000);
    let consumer = Consumer::builder(config).subscribe([TOPIC]).unwrap();
    let messages: Vec<_> = block_on(consumer.clone().into_stream().take(500).try_collect()).unwrap();
    cluster.go_down();
    // And a request that nobody will answer.
    assert!(consumer.commit(&messages[499]).now_or_never().is_none());
    let started = Instant::now();
    drop(consumer);
    drop(messages);
    let elapsed = started.elapsed();
    assert!(elapsed < Duration::from_millis(500), "drop took {elapsed:?}");
}

/// rust-rdkafka's commit without waiting reports to nobody, and the one that reports blocks (issue 856). Here a commit is a
/// future: of what the group has answered, or of why there is no answer.
#[tokio::test]
async fn rdk_856_commit_reports() {
    let cluster = cluster(2, 200);
    let builder = Consumer::builder(cluster.consumer_config("group"));
    let consumer = builder.request_timeout(Duration::from_millis(500)).subscribe([TOPIC]).unwrap();
    let messages: Vec<_> = soon("messages", consumer.stream().take(200).try_collect()).await.unwrap();
    for message in &messages[..100] {
        soon("an answer", consumer.commit(message)).await.unwrap();
        let partition = usize::try_from(message.partition()).unwrap();
        let diagnostics = consumer.diagnostics();
        let known = diagnostics.partitions.iter().find(|it| it.partition.partition == message.partition());
        assert_eq!(known.unwrap().committed, Some(message.offset() + 1));
        if message.offset() % 50 == 0 {
            let committed = cluster.committed("group", TOPIC, 2).unwrap();
            assert_eq!(committed[partition], Some(message.offset() + 1));
        }
    }
    cluster.go_down();
    let error = soon("an answer", consumer.commit(&messages[199])).await.unwrap_err();
    let is_told = matches!(error.kind(), ErrorKind::Timeout { .. } | ErrorKind::Commit { .. });
    assert!(is_told && error.is_retriable(), "{error:?}");
}

/// Dropping rust-rdkafka's consumer commits thousands of messages that nobody was handed: they are taken out of the queue on
/// the way to its end, which marks them as read. Here nothing is marked by being taken, and a drop commits nothing.
#[tokio::test]
async fn drop_commits_nothing_unseen() {
    // 100,000 messages of 100 bytes are 10 MB: more than one partition of the mock holds.
    let cluster = cluster(4, 100_000);
    let consumer = consumer(&cluster, "group");
    let mut stream = consumer.stream().take(1_000);
    let mut last = None;
    while let Some(message) = soon("a message", stream.next()).await {
        last = Some(message.unwrap());
    }
    // Whatever is committed on the way out would be up to here.
    soon("a full buffer", async {
        while consumer.diagnostics().waiting() < 10_000 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    soon("a commit", consumer.commit(&last.take().unwrap())).await.unwrap();
    drop(stream);
    drop(consumer);
    // The group is empty once the dropped member has left: a new one then gets the partitions.
    let heir = common::consumer(&cluster, "group");
    soon("a message for the heir", heir.recv()).await.unwrap();
    let committed: i64 = cluster.committed("group", TOPIC, 4).unwrap().into_iter().flatten().sum();
    assert!((1..=1_000).contains(&committed), "{committed} are committed");
}

/// rust-rdkafka panics where it reads a header whose name is no UTF-8, which any producer can write. Here a name is bytes,
/// and text is asked for with an answer that may be an error.
#[tokio::test]
async fn non_utf8_header_name_does_not_panic() {
    let cluster = cluster(1, 0);
    let name = b"tr\xffce";
    cluster.write([&OwnedMessage::builder(TOPIC).header(name, "a1").header("next", "b2").build()]).unwrap();
    let consumer = consumer(&cluster, "group");
    let borrowed = soon("a message", consumer.recv()).await.unwrap();
    let detached = borrowed.detach();
    let check = |message: &dyn Message, debug: String| {
        let headers = message.try_headers().unwrap().unwrap();
        let names: Vec<_> = headers.iter().map(|header| (header.name_bytes(), header.name().ok())).collect();
        assert_eq!(names, [(&name[..], None), (&b"next"[..], Some("next"))]);
        assert_eq!(headers.get(name).unwrap().value(), Some(&b"a1"[..]));
        assert!(!debug.is_empty() && !format!("{headers:?}").is_empty());
    };
    check(&borrowed, format!("{borrowed:?}"));
    check(&detached, format!("{detached:?}"));
    let shared = borrowed.share();
    check(&shared, format!("{shared:?}"));
}
