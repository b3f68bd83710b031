//! What can be seen of a running consumer.

use std::time::Duration;

use klamm_core::{Epoch, Position, TopicPartition};

use super::Consumer;
use crate::partition::{Pause, Phase};

/// What can be seen of a running consumer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnostics {
    /// The partitions it has.
    pub partitions: Vec<PartitionDiagnostics>,
    /// How long ago a stream, a `recv` or a pipeline last looked for more messages; nothing if none has. While messages
    /// of a batch of up to 256 are left, nobody looks.
    pub since_polled: Option<Duration>,
    /// How many rebalances it has answered.
    pub rebalances: u64,
    /// The longest time that it has held a revoke.
    pub longest_hold: Duration,
}

/// What can be seen of one partition.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PartitionDiagnostics {
    /// The partition.
    pub partition: TopicPartition,
    /// Its present assignment.
    pub epoch: Epoch,
    /// Where it is read next; nothing before the first message.
    pub position: Option<Position>,
    /// What is known to be committed of it: the offset of the next message to be read.
    pub committed: Option<i64>,
    /// Messages that wait in librdkafka, outdated ones included; nothing while the queue is being read
    /// (`rd_kafka_queue_length`).
    pub buffered: Option<usize>,
    /// Whether it is [paused](Consumer::pause).
    pub is_paused: bool,
    /// Whether it is being drained, for a revoke that is held, an unsubscription or a close.
    pub is_held: bool,
}

impl Diagnostics {
    /// Returns the partitions it has.
    pub fn assignment(&self) -> impl Iterator<Item = &TopicPartition> {
        self.partitions.iter().map(|it| &it.partition)
    }

    /// Returns how many messages wait in librdkafka, of all partitions together.
    pub fn waiting(&self) -> usize {
        self.partitions.iter().filter_map(|it| it.buffered).sum()
    }

    /// Returns how many partitions are being drained.
    pub fn held(&self) -> usize {
        self.partitions.iter().filter(|it| it.is_held).count()
    }
}

impl Consumer {
    /// Returns what can be seen of the consumer now. It waits for nothing.
    pub fn diagnostics(&self) -> Diagnostics {
        let shared = self.shared();
        let partitions = shared.table.all();
        let partitions = partitions.iter().map(|partition| PartitionDiagnostics {
            partition: partition.name.clone(),
            epoch: partition.epoch,
            position: partition.position(),
            committed: Some(partition.committed()).filter(|offset| *offset >= 0),
            buffered: partition.buffered(&shared.hub),
            is_paused: partition.is_paused_by(Pause::User),
            is_held: partition.phase() == Phase::Draining,
        });
        Diagnostics {
            partitions: partitions.collect(),
            since_polled: shared.meters.since_polled(),
            rebalances: shared.meters.rebalances(),
            longest_hold: shared.meters.longest_hold(),
        }
    }
}
