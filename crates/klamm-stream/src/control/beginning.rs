//! Partitions of which the group is asked from where on they are read, before anything of them is delivered.
//!
//! librdkafka asks the group as well. But where an open transaction keeps the answer back, and another partition comes or goes
//! meanwhile, it forgets to ask again and begins as `auto.offset.reset` says, in spite of what is committed
//! (`rd_kafka_assignment_apply_offsets`, 2.12.1). So within transactions nothing is delivered before there is an answer.

use std::sync::Arc;

use klamm_core::{Epoch, Position};

use super::{Request, asking::ask_committed, thread::Control};
use crate::partition::{Partition, Pause, Phase};

impl Control {
    /// Has what is assigned, and not read yet, wait until the group has said from where on; and what comes later.
    pub(super) fn expect_transactions(&mut self) {
        self.asks_before = true;
        self.ask_before(self.shared.table.all());
    }

    /// Has partitions wait until the group has said from where on they are read, unless that is known, or need not be.
    pub(super) fn ask_before(&self, partitions: Vec<Arc<Partition>>) {
        // Without a subscription it was the user who said where to begin.
        if !self.asks_before || self.shared.subscription().is_empty() {
            return;
        }
        let is_new = |it: &Arc<Partition>| it.phase() == Phase::Active && it.position().is_none();
        let partitions: Vec<_> = partitions.into_iter().filter(is_new).collect();
        for partition in &partitions {
            partition.pause(Pause::Beginning);
        }
        ask_committed(&self.shared, partitions, |it, committed| Request::BeginAt(it.epoch, committed));
    }

    /// Lets a partition be read, from where the group has committed to if it has, unless it was moved elsewhere meanwhile.
    pub(super) fn begin_at(&mut self, epoch: Epoch, position: Option<Position>) {
        let Some(partition) = self.shared.table.of(epoch) else { return };
        if let Some(position) = position.filter(|_| partition.position().is_none()) {
            partition.suspend();
            self.rewinds.ask(epoch, position);
        }
        partition.resume(&self.shared.hub, Pause::Beginning);
    }
}
