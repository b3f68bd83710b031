//! What can be seen of a running consumer.

use std::time::Duration;

use klamm_core::TopicPartition;

use super::Consumer;
use crate::partition::Phase;

/// What can be seen of a running consumer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnostics {
    /// The partitions it has.
    pub assignment: Vec<TopicPartition>,
    /// What it knows to be committed of them: the offset of the next message to be read.
    pub committed: Vec<(TopicPartition, i64)>,
    /// How many partitions are being drained, for a revoke that is held or for a close.
    pub holding: usize,
    /// Messages that wait in librdkafka, of all partitions together.
    pub buffered: usize,
    /// How many rebalances it has answered.
    pub rebalances: u64,
    /// The longest time that it has held a revoke.
    pub longest_hold: Duration,
}

impl Consumer {
    /// Returns what can be seen of the consumer now.
    pub fn diagnostics(&self) -> Diagnostics {
        let shared = self.shared();
        let partitions = shared.table.all();
        Diagnostics {
            assignment: partitions.iter().map(|partition| partition.name.clone()).collect(),
            committed: partitions
                .iter()
                .filter(|partition| partition.committed() >= 0)
                .map(|partition| (partition.name.clone(), partition.committed()))
                .collect(),
            holding: partitions.iter().filter(|partition| partition.phase() == Phase::Draining).count(),
            buffered: partitions.iter().map(|partition| partition.buffered(&shared.hub)).sum(),
            rebalances: shared.meters.rebalances(),
            longest_hold: shared.meters.longest_hold(),
        }
    }
}
