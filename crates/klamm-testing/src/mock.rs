//! librdkafka's in-process cluster as a fixture.

use std::time::Duration;

use klamm_core::{Config, Error, OwnedMessage, native::MockBroker};

use crate::{look, write};

/// librdkafka's in-process cluster as a fixture: `Send`, and gone when dropped.
///
/// It speaks the real protocol over loopback, with topics, groups (classic and `group.protocol=consumer`), commits and
/// faults. It is not a Kafka:
///
/// * a partition keeps 5 MiB or 100,000 batches and silently drops what is older;
/// * an empty fetch waits the whole `fetch.wait.max.ms`, so [`MockCluster::consumer_config`] sets that to 10;
/// * a classic group that has members rebalances only one second before its session ends, so that is set to two;
/// * in a classic rebalance it refuses, while a member is joining, the commits that Kafka accepts, and goes on without
///   a member that holds it for more than a second;
/// * transactions leave no control records, and offsets for times are wrong.
///
/// ```
/// use klamm_testing::MockCluster;
/// # fn main() -> Result<(), klamm_core::Error> {
/// let cluster = MockCluster::start(1)?;
/// cluster.create_topic("orders", 4)?;
/// cluster.seed("orders", 4, 1_000, 100)?;
/// assert_eq!(cluster.end_offsets("orders", 4)?.iter().sum::<i64>(), 1_000);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct MockCluster {
    pub(crate) broker: MockBroker,
    brokers: usize,
}

impl MockCluster {
    /// Starts a cluster of `brokers` brokers on loopback ports.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operation`](klamm_core::ErrorKind::Operation) unless `brokers` is between 1 and 100.
    pub fn start(brokers: usize) -> Result<Self, Error> {
        Ok(Self { broker: MockBroker::start(brokers)?, brokers })
    }

    /// Creates a topic with as many replicas as there are brokers, at most three.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operation`](klamm_core::ErrorKind::Operation) if the topic exists already.
    pub fn create_topic(&self, topic: &str, partitions: usize) -> Result<(), Error> {
        self.broker.create_topic(topic, partitions, self.brokers.min(3))
    }

    /// Returns the brokers' addresses.
    pub fn bootstrap_servers(&self) -> String {
        self.broker.bootstrap_servers()
    }

    /// Returns the settings of any client: the brokers' addresses.
    pub fn config(&self) -> Config {
        Config::new().bootstrap_servers(self.bootstrap_servers())
    }

    /// Returns the settings of a consumer in a classic group that starts at the beginning, with what makes the mock quick
    /// (`fetch.wait.max.ms=10`, `session.timeout.ms=2000`, `heartbeat.interval.ms=200`).
    pub fn consumer_config(&self, group: &str) -> Config {
        self.reader_config(group).set("session.timeout.ms", 2_000).set("heartbeat.interval.ms", 200)
    }

    /// Returns the settings of a consumer in a group of the new protocol (`group.protocol=consumer`, KIP-848) that starts
    /// at the beginning. The mock moves its partitions within two heartbeats, 200 ms each.
    pub fn consumer_protocol_config(&self, group: &str) -> Config {
        self.reader_config(group).set("group.protocol", "consumer")
    }

    fn reader_config(&self, group: &str) -> Config {
        self.config().group_id(group).set("auto.offset.reset", "earliest").set("fetch.wait.max.ms", 10)
    }

    /// Writes `count` records of `bytes` bytes each, spread over the topic's partitions in turn.
    ///
    /// Record `i` has the decimal `i` as its key, and a payload that starts with it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operation`](klamm_core::ErrorKind::Operation) if a record is refused,
    /// [`ErrorKind::Client`](klamm_core::ErrorKind::Client) if one is not delivered.
    pub fn seed(&self, topic: &str, partitions: usize, count: usize, bytes: usize) -> Result<(), Error> {
        write::seed(&self.config(), topic, partitions, count, bytes)
    }

    /// Writes messages as records, in order: to each its topic and partition, with its key, payload, headers and creation time
    /// (now, if it has none or 0). Its offset is the log's to give.
    ///
    /// # Errors
    ///
    /// As [`seed`](Self::seed); [`ErrorKind::Headers`](klamm_core::ErrorKind::Headers) if a message's headers cannot
    /// be read.
    pub fn write<'a>(&self, messages: impl IntoIterator<Item = &'a OwnedMessage>) -> Result<(), Error> {
        write::write(&self.config(), messages)
    }

    /// Returns the offset after the last record of each partition.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operation`](klamm_core::ErrorKind::Operation) if the cluster does not answer within ten seconds.
    pub fn end_offsets(&self, topic: &str, partitions: usize) -> Result<Vec<i64>, Error> {
        look::end_offsets(&self.config(), topic, partitions)
    }

    /// Returns the offset that `group` has committed for each partition, `None` where it has none.
    ///
    /// # Errors
    ///
    /// As [`end_offsets`](Self::end_offsets).
    pub fn committed(&self, group: &str, topic: &str, partitions: usize) -> Result<Vec<Option<i64>>, Error> {
        look::committed(&self.config(), group, topic, partitions)
    }

    /// Has a broker (from 1) lead a partition from now on, under the next leader epoch, as after an election.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operation`](klamm_core::ErrorKind::Operation) if there is no such partition or broker.
    pub fn set_leader(&self, topic: &str, partition: i32, broker: i32) -> Result<(), Error> {
        self.broker.set_leader(topic, partition, broker)
    }

    /// Takes every broker off the network.
    pub fn go_down(&self) {
        self.broker.set_down(None).expect("all brokers exist");
    }

    /// Puts every broker back on the network.
    pub fn come_up(&self) {
        self.broker.set_up(None).expect("all brokers exist");
    }

    /// Delays every answer of every broker.
    pub fn set_round_trip(&self, time: Duration) {
        self.broker.set_round_trip(None, time).expect("all brokers exist");
    }
}
