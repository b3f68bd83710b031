//! What many schedules share, and the consumers that are started on it.

use std::time::Duration;

use klamm_core::{Config, PartitionOffset, Start, TopicPartition};
use klamm_producer::Producer;
use klamm_stream::Consumer;
use klamm_testing::MockCluster;

use crate::schedule::{Group, Schedule};

/// How long a revoke waits for a partition's stream that is not polled.
const HOLD: Duration = Duration::from_millis(100);
/// What many schedules share.
pub(crate) struct Site {
    pub(crate) cluster: MockCluster,
    pub(crate) producer: Producer,
}

impl Site {
    pub(crate) fn new() -> Self {
        let cluster = MockCluster::start(1).unwrap();
        cluster.set_heartbeat_interval(Duration::from_millis(20));
        let producer = Producer::builder(cluster.config().set("linger.ms", 0)).start().unwrap();
        Self { cluster, producer }
    }

    /// Starts a member of the group that has the topic's name, or a reader of all its partitions without a group.
    pub(crate) fn consumer(&self, schedule: &Schedule, topic: &str) -> Consumer {
        let builder = Consumer::builder(self.config(schedule.group, topic)).hold_deadline(HOLD);
        let first =
            |number| PartitionOffset::from_start(TopicPartition::new(topic, number), Start::Offset(0));
        match schedule.group {
            Group::None => builder.assign_partitions((0..schedule.partitions).map(first)),
            _ => builder.subscribe([topic]),
        }
        .unwrap()
    }

    fn config(&self, group: Group, name: &str) -> Config {
        match group {
            Group::None | Group::Eager => self.cluster.consumer_config(name),
            Group::Consumer => self.cluster.consumer_protocol_config(name),
            Group::Cooperative => {
                let config = self.cluster.consumer_config(name);
                config.set("partition.assignment.strategy", "cooperative-sticky")
            }
        }
    }
}
