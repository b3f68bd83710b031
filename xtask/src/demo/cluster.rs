//! Where the demo's topic is: in this process, or on a Kafka of its own.

use anyhow::{Result, bail};
use klamm_core::Config;
use klamm_testing::{KafkaCluster, MockCluster};

use crate::kafka::{self, Size};

/// The topic's name, and the group's.
pub(super) const TOPIC: &str = "orders";
pub(super) const PARTITIONS: usize = 4;
/// Bytes of a payload.
pub(super) const PAYLOAD: usize = 64;

/// Bytes of a record in the log, its key and what Kafka adds included: rounded up.
const RECORD: usize = 100;
/// What a partition of the mock holds; it drops the oldest records beyond that.
const MOCK_PARTITION: usize = 5 * 1024 * 1024;

/// Where the demo's topic is.
pub(super) enum Cluster {
    Mock(MockCluster),
    Kafka { owner: kafka::Cluster, cluster: KafkaCluster },
}

impl Cluster {
    /// Starts the mock, unless it cannot hold so many messages.
    pub(super) fn mock(messages: usize) -> Result<Self> {
        let most = MOCK_PARTITION / RECORD * PARTITIONS;
        if messages > most {
            bail!(
                "the mock cluster keeps 5 MiB of a partition and drops what is older: {messages} messages of {RECORD} \
                 bytes do not fit into {PARTITIONS} partitions; take {most} at most, or --kafka"
            );
        }
        let cluster = MockCluster::start(1)?;
        cluster.create_topic(TOPIC, PARTITIONS)?;
        Ok(Self::Mock(cluster))
    }

    /// Starts a broker of Apache Kafka.
    pub(super) fn kafka() -> Result<Self> {
        let owner = kafka::Cluster::start(Size::One)?;
        let cluster = KafkaCluster::at(owner.bootstrap());
        cluster.create_topic(TOPIC, PARTITIONS, 1)?;
        Ok(Self::Kafka { owner, cluster })
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Mock(_) => "librdkafka's mock cluster",
            Self::Kafka { .. } => "Apache Kafka",
        }
    }

    pub(super) fn producer_config(&self) -> Config {
        let config = match self {
            Self::Mock(cluster) => cluster.config(),
            Self::Kafka { cluster, .. } => cluster.config().set("enable.idempotence", true),
        };
        config.set("linger.ms", 5)
    }

    /// The settings of a member. The mock moves partitions in a group of the new protocol within two heartbeats, and in a
    /// classic one only when a session is about to end.
    pub(super) fn consumer_config(&self) -> Config {
        match self {
            Self::Mock(cluster) => cluster.consumer_protocol_config(TOPIC),
            Self::Kafka { cluster, .. } => {
                let strategy = "cooperative-sticky";
                cluster.consumer_config(TOPIC).set("partition.assignment.strategy", strategy)
            }
        }
    }

    /// The offset after the last record of all partitions together.
    pub(super) fn log_end(&self) -> Result<i64> {
        let ends = match self {
            Self::Mock(cluster) => cluster.end_offsets(TOPIC, PARTITIONS)?,
            Self::Kafka { cluster, .. } => cluster.end_offsets(TOPIC, PARTITIONS)?,
        };
        Ok(ends.into_iter().sum())
    }

    /// What the group has committed in all partitions together.
    pub(super) fn committed(&self) -> Result<i64> {
        let committed = match self {
            Self::Mock(cluster) => cluster.committed(TOPIC, TOPIC, PARTITIONS)?,
            Self::Kafka { cluster, .. } => cluster.committed(TOPIC, TOPIC, PARTITIONS)?,
        };
        Ok(committed.into_iter().flatten().sum())
    }

    pub(super) fn stop(self) -> Result<()> {
        match self {
            Self::Mock(cluster) => drop(cluster),
            Self::Kafka { owner, .. } => owner.stop()?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_the_mock_holds_is_refused_with_the_reason() {
        let refused = Cluster::mock(1_000_000).err().unwrap().to_string();
        assert!(refused.contains("5 MiB") && refused.contains("--kafka"), "{refused}");
    }
}
