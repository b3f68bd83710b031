//! Rolling restarts on a real cluster of three brokers, of each kind of pipeline: `cargo xtask test --only kafka`.

mod common;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use common::{
    kind::{Kind, work},
    soon,
};
use klamm_combinators::{RecordsExt, Report};
use klamm_core::{Config, TopicPartition};
use klamm_producer::{Producer, Record};
use klamm_stream::Consumer;
use klamm_testing::{
    KafkaCluster, check,
    history::{self, History},
};
use tokio::task::JoinHandle;

const PARTITIONS: usize = 10;
const MEMBERS: usize = 3;
const KEYS: usize = 1_000;
/// How long members are closed and replaced under load.
const LOAD: Duration = Duration::from_secs(30);
/// How long each member lives.
const LIFE: Duration = Duration::from_secs(4);
/// How long a handler takes at most.
const SLOWEST: Duration = Duration::from_millis(300);
/// How long a commit may take on a busy machine, with what a rebalance adds.
const COMMIT: Duration = Duration::from_secs(10);

/// A member of the group: a consumer, and the task its pipeline runs on.
struct Member {
    consumer: Consumer,
    pipeline: JoinHandle<Report>,
}

impl Member {
    fn start(config: Config, topic: &str, kind: Kind, member: history::Member) -> Self {
        let consumer = Consumer::builder(config).subscribe([topic]).unwrap();
        let records = member.watch(consumer.clone()).records().commit_every(500, Duration::from_millis(500));
        let pipeline =
            tokio::spawn(
                async move { kind.run(records, member, |offset| work(offset, SLOWEST)).await.unwrap() },
            );
        Self { consumer, pipeline }
    }

    /// Leaves cleanly, and returns the longest time a revoke was held.
    async fn stop(self) -> Duration {
        let report = soon("close", self.consumer.close(Duration::from_secs(30))).await;
        assert!(report.is_drained && report.has_left, "{report:?}");
        let report = soon("the pipeline's end", self.pipeline).await.unwrap();
        assert_eq!((report.abandoned, report.committed), (0, report.processed), "{report:?}");
        self.consumer.diagnostics().longest_hold
    }
}

async fn check(name: &str, settings: &[(&str, &str)], kind: Kind) {
    let cluster =
        KafkaCluster::from_env().expect("`cargo xtask kafka run --brokers 3 -- …` sets KLAMM_KAFKA");
    let topic = format!("rolling-{name}-{}-{}", kind.name(), std::process::id());
    cluster.create_topic(&topic, PARTITIONS, 3).unwrap();
    let config = || {
        let config = cluster.consumer_config(&topic).set("client.id", name);
        settings.iter().fold(config, |config, (key, value)| config.set(*key, value))
    };
    let (history, started_members) = (History::new(), AtomicUsize::new(0));
    let start = || {
        let number = started_members.fetch_add(1, Ordering::Relaxed);
        Member::start(config(), &topic, kind, history.member(format!("m{number}")))
    };

    let (is_over, produced) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let load = tokio::spawn({
        let producer =
            Producer::builder(cluster.config().set("linger.ms", 5).set("enable.idempotence", true));
        let producer = producer.start().unwrap();
        let (topic, is_over, produced) = (topic.clone(), Arc::clone(&is_over), Arc::clone(&produced));
        async move {
            let mut ticks = tokio::time::interval(Duration::from_millis(20));
            while !is_over.load(Ordering::Relaxed) {
                ticks.tick().await;
                let sent = (0..12).map(|_| {
                    let key = (produced.fetch_add(1, Ordering::Relaxed) % KEYS).to_string();
                    producer.send(Record::to(topic.as_str()).key(key).payload("hello, hello, hello"))
                });
                for delivery in sent.collect::<Vec<_>>() {
                    delivery.await.unwrap();
                }
            }
        }
    });

    let mut members: Vec<Member> = (0..MEMBERS).map(|_| start()).collect();
    let (started, mut restarts, mut longest) = (Instant::now(), 0, Duration::ZERO);
    let mut took = Vec::new();
    while started.elapsed() < LOAD {
        tokio::time::sleep(LIFE).await;
        let begun = Instant::now();
        let index = restarts % MEMBERS;
        // In turn: the successor comes after the old member has gone, or before, when partitions must change hands.
        if restarts % 2 == 0 {
            longest = longest.max(members.swap_remove(index).stop().await);
            members.push(start());
        } else {
            let successor = start();
            soon("a hand-over", async {
                while successor.consumer.diagnostics().partitions.is_empty() {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            })
            .await;
            members.push(successor);
            longest = longest.max(members.swap_remove(index).stop().await);
        }
        restarts += 1;
        took.push(begun.elapsed());
    }
    is_over.store(true, Ordering::Relaxed);
    load.await.unwrap();
    let produced = produced.load(Ordering::Relaxed);
    soon("everything to be handled", async {
        while history.handled() < produced {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    for member in members {
        longest = longest.max(member.stop().await);
    }
    println!("{name} {kind:?}: {produced} produced, longest hold {longest:?}, restarts took {took:.1?}");
    assert!(restarts >= 3, "{restarts} restarts");
    assert!(longest > Duration::ZERO, "no revoke was ever held");
    let ends = cluster.end_offsets(&topic, PARTITIONS).unwrap();
    let committed = cluster.committed(&topic, &topic, PARTITIONS).unwrap();
    for ((number, end), committed) in (0..).zip(ends).zip(committed) {
        let partition = TopicPartition::new(&*topic, number);
        history.note_end(&partition, end);
        history.note_committed(&partition, committed);
        assert_eq!(committed.unwrap_or(0), end, "{partition}");
    }
    assert_eq!(history.handled(), produced);
    let entries = history.entries();
    let all = || {
        check::at_least_once(&entries)?;
        check::repeats_nothing(&entries)?;
        check::watermark(&entries)?;
        check::fence(&entries)?;
        check::rising(&entries)?;
        check::hand_over(&entries)?;
        check::hold(&entries, COMMIT)?;
        check::credits(&entries, kind.at_once())?;
        kind.lane().map_or(Ok(()), |lane| check::lanes(&entries, lane))
    };
    all().unwrap_or_else(|violation| panic!("{name} {kind:?}: {violation}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rolling_restart_loses_and_repeats_nothing_range() {
    check("range", &[("partition.assignment.strategy", "range")], Kind::Unordered(64)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rolling_restart_loses_and_repeats_nothing_cooperative_sticky() {
    let settings = [("partition.assignment.strategy", "cooperative-sticky")];
    check("cooperative-sticky", &settings, Kind::Unordered(64)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rolling_restart_loses_and_repeats_nothing_consumer_protocol() {
    check("consumer", &[("group.protocol", "consumer")], Kind::Unordered(64)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rolling_restart_keeps_the_order_of_keys_range() {
    check("range", &[("partition.assignment.strategy", "range")], Kind::ByKey(64)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rolling_restart_keeps_the_order_of_keys_cooperative_sticky() {
    let settings = [("partition.assignment.strategy", "cooperative-sticky")];
    check("cooperative-sticky", &settings, Kind::ByKey(64)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rolling_restart_keeps_the_order_of_keys_consumer_protocol() {
    check("consumer", &[("group.protocol", "consumer")], Kind::ByKey(64)).await;
}
