//! Records, offsets and settings on a real cluster.

use std::time::Duration;

use klamm_core::{Config, Error, OwnedMessage, native::Client};

use crate::{look, write};

/// How long brokers on a busy machine may take to create a topic.
const CREATE_WITHIN: Duration = Duration::from_secs(60);

/// A real cluster that is already there, with the same calls as [`MockCluster`](crate::MockCluster).
///
/// `cargo xtask kafka run -- CMD` starts one and names it in the environment.
#[derive(Clone, Debug)]
pub struct KafkaCluster {
    pub(super) servers: String,
}

impl KafkaCluster {
    /// The environment variable that names the brokers.
    pub const VARIABLE: &str = "KLAMM_KAFKA";

    /// Takes the brokers that the environment names in `KLAMM_KAFKA`, if it does.
    pub fn from_env() -> Option<Self> {
        std::env::var(Self::VARIABLE).ok().filter(|servers| !servers.is_empty()).map(Self::at)
    }

    /// Takes these brokers: `host:port`, comma-separated.
    pub fn at(servers: impl Into<String>) -> Self {
        Self { servers: servers.into() }
    }

    /// Returns the settings of any client: the brokers' addresses.
    pub fn config(&self) -> Config {
        Config::new().bootstrap_servers(&self.servers)
    }

    /// Returns the settings of a consumer in `group` that starts at the beginning.
    pub fn consumer_config(&self, group: &str) -> Config {
        self.config().group_id(group).set("auto.offset.reset", "earliest")
    }

    /// Creates a topic, and waits until all brokers have it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Topic`](klamm_core::ErrorKind::Topic) with the broker's code,
    /// [`ErrorKind::Timeout`](klamm_core::ErrorKind::Timeout) if it took more than a minute.
    pub fn create_topic(&self, topic: &str, partitions: usize, replicas: usize) -> Result<(), Error> {
        let client = Client::producer(&self.config())?;
        client.create_topic(topic, partitions, replicas, CREATE_WITHIN)
    }

    /// Writes `count` records of `bytes` bytes each, spread over the topic's partitions in turn.
    ///
    /// # Errors
    ///
    /// As [`MockCluster::seed`](crate::MockCluster::seed).
    pub fn seed(&self, topic: &str, partitions: usize, count: usize, bytes: usize) -> Result<(), Error> {
        write::seed(&self.config(), topic, partitions, count, bytes)
    }

    /// Writes messages as records, in order: to each its topic and partition, with its key, payload, headers and creation time
    /// (now, if it has none or 0). Its offset is the log's to give.
    ///
    /// # Errors
    ///
    /// As [`MockCluster::seed`](crate::MockCluster::seed); [`ErrorKind::Headers`](klamm_core::ErrorKind::Headers) if a message's headers cannot
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
}
