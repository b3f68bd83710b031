//! Taking messages from a partition's queue, and giving them back.

use std::{sync::TryLockError, time::Duration};

use klamm_core::{
    Error, PartitionOffset, Position,
    native::{Batch, Client, PartitionQueue},
};

use super::{Partition, Stamp};
use crate::wake::Hub;

/// How long librdkafka's main thread may take to accept a seek.
const SEEK_WITHIN: Duration = Duration::from_secs(5);

/// A partition's queue, and how far it was read.
pub(crate) struct Taking {
    /// Gone when the assignment is over.
    queue: Option<PartitionQueue>,
    /// The offset of the last message taken, or -1.
    last: i64,
}

impl Taking {
    pub(super) fn new(queue: PartitionQueue) -> Self {
        Self { queue: Some(queue), last: -1 }
    }
}

impl Partition {
    /// Fills `batch` if there is something to deliver, and returns what tells how long that is so.
    ///
    /// It never waits: a partition that another reader or the control thread is at is raised again by them.
    pub(crate) fn take(&self, hub: &Hub, batch: &mut Batch) -> Option<Stamp> {
        if !self.slot.claim() {
            return None;
        }
        let taken = self.fill(batch);
        hub.release(self.epoch.slot(), &self.slot, taken.is_some());
        taken
    }

    fn fill(&self, batch: &mut Batch) -> Option<Stamp> {
        let stamp = self.stamp();
        if !self.delivers() {
            return None;
        }
        if let Some(mut returned) = self.returned().pop_front() {
            std::mem::swap(batch, &mut returned);
            return Some(stamp);
        }
        let mut taking = match self.taking.try_lock() {
            Ok(taking) => taking,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            // The control thread is at it, and raises the slot when it is done.
            Err(TryLockError::WouldBlock) => return None,
        };
        let Taking { queue, last } = &mut *taking;
        let queue = queue.as_mut()?;
        while queue.take(batch, self.epoch) > 0 {
            // librdkafka delivers again what a rebalance met between two calls; one version's offsets only rise.
            if batch.first_offset().is_some_and(|first| first <= *last) {
                batch.discard_through(*last);
            }
            if let Some(offset) = batch.last_offset() {
                *last = offset;
            }
            if !batch.is_empty() {
                return Some(stamp);
            }
        }
        None
    }

    /// Takes back what a stream was not able to deliver, if it is still to be delivered.
    ///
    /// It goes before what is still in librdkafka, so that it is delivered in order.
    pub(crate) fn give_back(&self, hub: &Hub, batch: Batch, stamp: &Stamp) {
        {
            let mut returned = self.returned();
            // `outdate` raises the version first and then empties this: one of the two sees the other.
            if batch.is_empty() || !stamp.is_current() {
                return;
            }
            let after = returned.iter().position(|other| other.first_offset() > batch.first_offset());
            let place = after.unwrap_or(returned.len());
            returned.insert(place, batch);
        }
        hub.raise(self.epoch.slot(), &self.slot);
    }

    /// Frees what a rebalance has outdated in librdkafka's queue, which otherwise keeps its memory until it is taken.
    pub(crate) fn drain_outdated(&self, hub: &Hub, client: &Client) {
        {
            let mut taking = self.taking();
            let Taking { queue: Some(queue), last } = &mut *taking else { return };
            loop {
                let mut batch = Batch::new(client);
                if queue.take(&mut batch, self.epoch) == 0 {
                    break;
                }
                // Whatever was not outdated after all is to be delivered.
                batch.discard_through(*last);
                *last = batch.last_offset().unwrap_or(*last);
                if !batch.is_empty() {
                    self.returned().push_back(batch);
                }
            }
        }
        hub.raise(self.epoch.slot(), &self.slot);
    }

    /// Sets where the partition is read next, and outdates what was taken and not delivered.
    ///
    /// A partition that was suspended for it stays so if this fails: better that it stands than that messages are lost.
    pub(crate) fn seek(&self, hub: &Hub, client: &Client, position: Position) -> Result<(), Error> {
        let result = {
            let mut taking = self.taking();
            self.outdate();
            let result = client.seek(&[PartitionOffset::at(self.name.clone(), position)], SEEK_WITHIN);
            if result.is_ok() {
                taking.last = position.offset() - 1;
                self.resume();
            }
            result
        };
        hub.raise(self.epoch.slot(), &self.slot);
        result
    }

    /// Puts librdkafka's position right after an error item.
    ///
    /// An error in a batch moves it past a message that was not delivered (librdkafka issue 4844, fixed in 2.13.2).
    pub(crate) fn repair(&self, hub: &Hub, client: &Client) -> Result<(), Error> {
        let result = {
            let taking = self.taking();
            if taking.last < 0 || taking.queue.is_none() {
                return Ok(());
            }
            let position = Position::after(taking.last, None);
            client.seek(&[PartitionOffset::at(self.name.clone(), position)], Duration::ZERO)
        };
        hub.raise(self.epoch.slot(), &self.slot);
        result
    }

    /// Frees everything that is left in the queue, and gives the queue up. To be called when the partition is no longer
    /// assigned.
    pub(crate) fn give_up(&self, client: &Client) {
        let mut taking = self.taking();
        let Some(mut queue) = taking.queue.take() else { return };
        let mut batch = Batch::new(client);
        while queue.take(&mut batch, self.epoch) > 0 {
            batch.clear();
        }
    }

    /// Returns how many messages wait in librdkafka, or none while the queue is being looked into.
    pub(crate) fn buffered(&self) -> usize {
        let taking = self.taking();
        taking.queue.as_ref().map_or(0, PartitionQueue::len)
    }

    /// Says that there may be something to take.
    pub(crate) fn raise(&self, hub: &Hub) {
        hub.raise(self.epoch.slot(), &self.slot);
    }
}
