//! A member that is killed on a real cluster of three brokers: `cargo xtask test --only kafka`.

mod common;
mod killed;

use std::{collections::BTreeMap, future::Future, sync::Arc, time::Duration};

use common::{
    Fine,
    kind::{Kind, work},
    process::Process,
    soon,
};
use futures_util::future::join_all;
use killed::Listener;
use klamm_combinators::{PipelineError, RecordsExt, Report};
use klamm_core::{OwnedMessage, TopicPartition, contract::CommitResult};
use klamm_stream::Consumer;
use klamm_testing::{
    KafkaCluster, check,
    history::{self, Happened, History, Outcome},
};
use tokio::sync::Semaphore;

const PARTITIONS: usize = 4;
const RECORDS: usize = 2_400;
const KEYS: usize = 200;
/// How many are handled before the member is killed.
const BEFORE: usize = 600;
/// How long handlers take at most: of the member that is killed, and of the one that comes after it.
const SLOWEST: [Duration; 2] = [Duration::from_millis(300), Duration::from_millis(30)];

/// The three ways in which a group shares out its partitions, and what turns each on. The brokers' sessions of the last are 15 s.
const PROTOCOLS: [(&str, &[(&str, &str)]); 3] = [
    ("range", &[("partition.assignment.strategy", "range"), ("session.timeout.ms", "6000")]),
    (
        "cooperative-sticky",
        &[("partition.assignment.strategy", "cooperative-sticky"), ("session.timeout.ms", "6000")],
    ),
    ("consumer", &[("group.protocol", "consumer")]),
];

/// A topic that is read by one group of a protocol.
struct Scene {
    cluster: KafkaCluster,
    protocol: &'static str,
    kind: Kind,
    /// The group has the same name.
    topic: String,
}

impl Scene {
    fn new(protocol: &'static str, kind: Kind, topic: String) -> Self {
        let cluster =
            KafkaCluster::from_env().expect("`cargo xtask kafka run --brokers 3 -- …` sets KLAMM_KAFKA");
        Self { cluster, protocol, kind, topic }
    }

    fn fill(&self) {
        self.cluster.create_topic(&self.topic, PARTITIONS, 3).unwrap();
        let message = |index: usize| {
            let partition = i32::try_from(index % PARTITIONS).unwrap();
            let message = OwnedMessage::builder(&*self.topic).partition(partition);
            message.key((index % KEYS).to_string()).payload("hello").build()
        };
        self.cluster.write(&(0..RECORDS).map(message).collect::<Vec<_>>()).unwrap();
    }

    /// Starts a member's consumer, and its pipeline, whose handlers do `work`.
    fn member<F: Future<Output = Fine>, W: Fn(i64) -> F>(
        &self,
        member: history::Member,
        work: W,
    ) -> (Consumer, impl Future<Output = Result<Report, PipelineError>> + use<F, W>) {
        let (_, settings) = PROTOCOLS.iter().find(|(name, _)| *name == self.protocol).unwrap();
        let config = self.cluster.consumer_config(&self.topic).set("client.id", member.name());
        let config = settings.iter().fold(config, |config, (key, value)| config.set(*key, value));
        let consumer = Consumer::builder(config).subscribe([&*self.topic]).unwrap();
        let records = member.watch(consumer.clone()).records().commit_every(100, Duration::from_millis(100));
        (consumer, self.kind.run(records, member, work))
    }

    /// Returns what the group has committed of each partition, and notes it.
    fn committed(&self, history: &History) -> Vec<i64> {
        let committed = self.cluster.committed(&self.topic, &self.topic, PARTITIONS).unwrap();
        for (partition, offset) in self.partitions().zip(&committed) {
            history.note_committed(&partition, *offset);
        }
        committed.into_iter().map(|offset| offset.unwrap_or(0)).collect()
    }

    fn partitions(&self) -> impl Iterator<Item = TopicPartition> {
        (0..).take(PARTITIONS).map(|number| TopicPartition::new(&*self.topic, number))
    }
}

/// Has a member of each protocol be killed, and another take its place.
async fn check(test: &str, kind: Kind) {
    if let Some(what) = Process::is_this(|_| {}) {
        let history = killed::tell();
        let (protocol, topic) = what.split_once(' ').unwrap();
        let (protocol, _) = PROTOCOLS.iter().find(|(name, _)| *name == protocol).unwrap();
        let scene = Scene::new(protocol, kind, topic.to_owned());
        let (_consumer, pipeline) = scene.member(history.member("a"), |offset| work(offset, SLOWEST[0]));
        let report = pipeline.await;
        panic!("it goes on until it is killed: {report:?}");
    }
    join_all(PROTOCOLS.map(|(protocol, _)| is_survived(test, protocol, kind))).await;
}

async fn is_survived(test: &str, protocol: &'static str, kind: Kind) {
    let topic = format!("killed-{protocol}-{}-{}", kind.name(), std::process::id());
    let scene = Scene::new(protocol, kind, topic);
    scene.fill();
    let history = History::new();
    let what = format!("{protocol} {}", scene.topic);
    let listener = Listener::new(history.member("killed"), &scene.topic);
    let process = Process::start(test, &what, |said| listener.listen(said));
    until("something of each partition to be committed", || {
        history.handled() >= BEFORE && answered(&history).len() == PARTITIONS
    })
    .await;
    process.kill();
    let (answered, at_kill) = (answered(&history), scene.committed(&history));

    // It takes over, and then it waits: until it goes on nobody commits.
    let gate = Arc::new(Semaphore::new(0));
    let is_open = Arc::clone(&gate);
    let (consumer, pipeline) = scene.member(history.member("successor"), move |offset| {
        let is_open = Arc::clone(&is_open);
        async move {
            is_open.acquire().await.unwrap().forget();
            work(offset, SLOWEST[1]).await
        }
    });
    let pipeline = tokio::spawn(pipeline);
    until("the successor to take over", || consumer.diagnostics().partitions.len() == PARTITIONS).await;
    let resumes = scene.committed(&history);
    gate.add_permits(RECORDS);
    until("everything to be handled", || history.handled() == RECORDS).await;
    let report = soon("close", consumer.close(Duration::from_secs(30))).await;
    assert!(report.is_drained && report.has_left, "{report:?}");
    let report = soon("the pipeline's end", pipeline).await.unwrap().unwrap();
    assert_eq!((report.abandoned, report.committed), (0, report.processed), "{report:?}");

    let ends = scene.cluster.end_offsets(&scene.topic, PARTITIONS).unwrap();
    assert_eq!(scene.committed(&history), ends);
    for (partition, end) in scene.partitions().zip(&ends) {
        history.note_end(&partition, *end);
    }
    let mut twice = 0;
    for (index, partition) in scene.partitions().enumerate() {
        let (from, end) = (resumes[index], ends[index]);
        assert!(answered[&partition] <= at_kill[index] && at_kill[index] <= from, "{protocol} {partition}");
        let started = started(&history, "successor", &partition);
        assert!(started.iter().copied().eq(from..end), "{protocol} {partition}@{from}..{end}: {started:?}");
        twice += finished(&history, "killed", &partition).filter(|offset| *offset >= from).count();
    }
    let unfinished = unfinished(&history);
    println!(
        "{protocol} {kind:?}: {RECORDS} records, {unfinished} under way at the kill, {twice} done twice"
    );
    assert!(unfinished > 0 && twice > 0, "nothing was lost with the member");
    let entries = history.entries();
    let all = || {
        check::at_least_once(&entries)?;
        check::repeats_nothing_committed(&entries)?;
        check::watermark(&entries)?;
        check::fence(&entries)?;
        check::rising(&entries)?;
        check::hand_over(&entries)?;
        check::credits(&entries, kind.at_once())?;
        kind.lane().map_or(Ok(()), |lane| check::lanes(&entries, lane))
    };
    all().unwrap_or_else(|violation| panic!("{protocol} {kind:?}: {violation}"));
}

/// Returns what pipelines were told is committed of each partition.
fn answered(history: &History) -> BTreeMap<TopicPartition, i64> {
    let (mut partitions, mut answered) = (BTreeMap::new(), BTreeMap::new());
    for entry in history.entries() {
        match entry.what {
            Happened::Delivered(record) => {
                partitions.insert(record.epoch, record.partition.clone());
            }
            Happened::Answered(answers) => {
                for (epoch, result) in answers {
                    let CommitResult::Committed(position) = result else { continue };
                    answered.insert(partitions[&epoch].clone(), position.offset());
                }
            }
            _ => {}
        }
    }
    answered
}

/// Returns the offsets of a partition whose handlers a member has started, from the first on.
fn started(history: &History, member: &str, partition: &TopicPartition) -> Vec<i64> {
    let entries = history.entries().into_iter().filter(|entry| *entry.member == *member);
    let mut started: Vec<_> = entries
        .filter_map(|entry| match entry.what {
            Happened::Started { record, .. } if record.partition == *partition => Some(record.offset),
            _ => None,
        })
        .collect();
    started.sort_unstable();
    started
}

/// Returns the offsets of a partition that a member has handled.
fn finished(history: &History, member: &str, partition: &TopicPartition) -> impl Iterator<Item = i64> {
    let entries = history.entries().into_iter().filter(|entry| *entry.member == *member);
    entries.filter_map(|entry| match entry.what {
        Happened::Finished { record, outcome: Outcome::Done, .. } if record.partition == *partition => {
            Some(record.offset)
        }
        _ => None,
    })
}

/// Returns how many handlers have ended with their process.
fn unfinished(history: &History) -> usize {
    let is_dropped = |what: &Happened| matches!(what, Happened::Finished { outcome: Outcome::Dropped, .. });
    history.entries().iter().filter(|entry| is_dropped(&entry.what)).count()
}

async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    soon(what, async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_was_unsettled_comes_again_from_a_killed_member() {
    check("only_what_was_unsettled_comes_again_from_a_killed_member", Kind::Unordered(64)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_order_of_keys_is_kept_from_a_killed_member_to_its_successor() {
    check("the_order_of_keys_is_kept_from_a_killed_member_to_its_successor", Kind::ByKey(64)).await;
}
