//! Partitions of which the group is asked from where on they are read, before anything of them is delivered.
//!
//! librdkafka asks the group as well. But where an open transaction keeps the answer back, and another partition comes or goes
//! meanwhile, it forgets to ask again and begins as `auto.offset.reset` says, in spite of what is committed
//! (`rd_kafka_assignment_apply_offsets`, 2.12.1). So within transactions nothing is delivered before there is an answer.

use std::{mem, sync::Arc, thread, time::Duration};

use klamm_core::{Epoch, Error, PartitionOffset, Position, TopicPartition};

use super::{Request, thread::Control};
use crate::{
    partition::{Partition, Pause, Phase},
    shared::Shared,
};

/// How long after a failure it is asked again.
const AGAIN: Duration = Duration::from_millis(500);

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
        if partitions.is_empty() {
            return;
        }
        for partition in &partitions {
            partition.pause(Pause::Beginning);
        }
        let shared = Arc::clone(&self.shared);
        blocking::unblock(move || ask(&shared, partitions)).detach();
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

/// Asks the group until it has answered for all of the partitions that are still assigned.
fn ask(shared: &Shared, mut partitions: Vec<Arc<Partition>>) {
    while !shared.requests.is_over() && !partitions.is_empty() {
        match committed(shared, &partitions) {
            Ok(found) => {
                for (partition, entry) in mem::take(&mut partitions).into_iter().zip(found) {
                    if entry.error.is_some() {
                        partitions.push(partition);
                    } else {
                        shared.requests.send(Request::BeginAt(partition.epoch, entry.position()));
                    }
                }
            }
            Err(error) => tracing::warn!(target: "klamm", %error, "what is committed is asked for again"),
        }
        if !partitions.is_empty() {
            thread::sleep(AGAIN);
            partitions.retain(|partition| partition.phase() == Phase::Active);
        }
    }
}

/// Returns what the group has committed of partitions, in their order; an open transaction is waited for.
fn committed(shared: &Shared, partitions: &[Arc<Partition>]) -> Result<Vec<PartitionOffset>, Error> {
    let names: Vec<_> = partitions.iter().map(|partition| partition.name.clone()).collect();
    let found = shared.client.committed(&names, shared.request_timeout)?;
    let of = |name: &TopicPartition| found.iter().find(|entry| entry.partition == *name).cloned();
    Ok(names.iter().map(|name| of(name).unwrap_or_else(|| PartitionOffset::unset(name.clone()))).collect())
}
