//! An input, the group that reads it, and the output.

use std::{
    fmt::Display,
    str::FromStr,
    time::{Duration, Instant},
};

use klamm_core::{Config, OwnedMessage};
use klamm_producer::{Producer, Record, Transactional, TransactionalBuilder};
use klamm_testing::KafkaCluster;

/// What stands behind the last output of each partition, where there is one.
pub(super) const END: &str = "end";
const KEYS: usize = 1_000;
/// How long brokers and members on a busy machine may take to get over what happened to them.
const WITHIN: Duration = Duration::from_secs(180);

/// How often an input may be in the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guarantee {
    AtLeastOnce,
    ExactlyOnce,
}

/// An input that is read by one group, and its output, which has the same partitions.
#[derive(Clone)]
pub(crate) struct Scene {
    pub(crate) cluster: KafkaCluster,
    /// How the group shares out its partitions.
    pub(crate) protocol: String,
    /// The input; the group has the same name.
    pub(crate) topic: String,
    pub(crate) partitions: usize,
}

impl Scene {
    /// Returns a scene whose topics are yet to be created.
    pub(crate) fn new(protocol: &str, topic: String, partitions: usize) -> Self {
        let cluster =
            KafkaCluster::from_env().expect("`cargo xtask kafka run --brokers 3 -- …` sets KLAMM_KAFKA");
        Self { cluster, protocol: protocol.to_owned(), topic, partitions }
    }

    /// Creates the input and the output.
    pub(crate) fn create(&self, replicas: usize) {
        for topic in [&self.topic, &self.out()] {
            self.cluster.create_topic(topic, self.partitions, replicas).unwrap();
        }
    }

    pub(crate) fn out(&self) -> String {
        format!("{}-out", self.topic)
    }

    /// The settings of a member, which the group misses after 6 s; by the `consumer` protocol after the brokers' 15 s.
    pub(crate) fn consumer_config(&self) -> Config {
        let config = self.cluster.consumer_config(&self.topic);
        match &*self.protocol {
            "consumer" => config.set("group.protocol", "consumer"),
            strategy => {
                config.set("partition.assignment.strategy", strategy).set("session.timeout.ms", 6_000)
            }
        }
    }

    /// A producer whose transactions the brokers take back after `timeout`.
    pub(crate) fn transactional(&self, id: &str, timeout: Duration) -> TransactionalBuilder {
        let config = self.cluster.config().set("transaction.timeout.ms", timeout.as_millis());
        Transactional::builder(config.set("linger.ms", 5), id)
    }

    /// A producer without transactions.
    pub(crate) fn producer(&self) -> Producer {
        let config = self.cluster.config().set("enable.idempotence", true).set("linger.ms", 5);
        Producer::builder(config).start().unwrap()
    }

    /// Writes `count` records into the input, this many each second.
    pub(crate) async fn fill(&self, count: usize, each_second: usize) {
        const TICK: Duration = Duration::from_millis(20);
        let (producer, started) = (self.producer(), Instant::now());
        let (mut ticks, mut written) = (tokio::time::interval(TICK), 0);
        while written < count {
            ticks.tick().await;
            // What was held up by a broker is made up for.
            let due = started.elapsed().as_millis() * u128::try_from(each_second).unwrap() / 1_000;
            let due = usize::try_from(due).unwrap().min(count);
            let sent = (written..due).map(|index| {
                let partition = i32::try_from(index % self.partitions).unwrap();
                let record = Record::to(&*self.topic).partition(partition);
                producer.send(record.key((index % KEYS).to_string()).payload("hello"))
            });
            for delivery in sent.collect::<Vec<_>>() {
                delivery.await.unwrap();
            }
            written = due;
        }
    }

    /// Writes `END` into each partition of the output: a reader who gets there waits for nothing before it.
    pub(crate) fn mark_end(&self) {
        let marks = (0..)
            .take(self.partitions)
            .map(|partition| OwnedMessage::builder(self.out()).partition(partition).payload(END).build());
        self.cluster.write(&marks.collect::<Vec<_>>()).unwrap();
    }

    /// Returns what the group has committed of each partition.
    pub(crate) fn committed(&self) -> Vec<i64> {
        let committed = eventually(|| self.cluster.committed(&self.topic, &self.topic, self.partitions));
        committed.into_iter().map(|offset| offset.unwrap_or(0)).collect()
    }

    /// Returns how many inputs are committed.
    pub(crate) fn done(&self) -> usize {
        self.committed().iter().map(|offset| usize::try_from(*offset).unwrap()).sum()
    }

    /// Waits until so many inputs are committed.
    pub(crate) async fn reach(&self, done: usize) {
        until(&format!("{done} to be committed"), || self.done() >= done).await;
    }

    /// Returns the end of each partition of the input.
    pub(crate) fn ends(&self) -> Vec<i64> {
        eventually(|| self.cluster.end_offsets(&self.topic, self.partitions))
    }
}

/// Waits for a condition, which may block the thread for a while.
pub(crate) async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + WITHIN;
    while !tokio::task::block_in_place(&mut is_so) {
        assert!(Instant::now() < deadline, "{what}: not within {WITHIN:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Asks until there is an answer: a broker may just have fallen.
fn eventually<T, E: Display>(mut ask: impl FnMut() -> Result<T, E>) -> T {
    let deadline = Instant::now() + WITHIN;
    loop {
        match ask() {
            Ok(answer) => return answer,
            Err(error) => assert!(Instant::now() < deadline, "{error}, for {WITHIN:?}"),
        }
    }
}

impl Guarantee {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AtLeastOnce => "at-least-once",
            Self::ExactlyOnce => "exactly-once",
        }
    }
}

impl FromStr for Guarantee {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let all = [Self::AtLeastOnce, Self::ExactlyOnce];
        all.into_iter().find(|it| it.name() == name).ok_or_else(|| format!("no guarantee: {name}"))
    }
}
