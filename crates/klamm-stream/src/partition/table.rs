//! The partitions that are assigned, by slot.

use std::sync::Arc;

use klamm_core::{Epoch, TopicPartition};
use parking_lot::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::Partition;

/// The slot that stands for what concerns no partition.
pub(crate) const MAIL: usize = 0;

/// The partitions that are assigned, by slot. Slot 0 stands for what concerns no partition.
///
/// The lock is held for a look only, never while librdkafka is called.
pub(crate) struct Table {
    slots: RwLock<Vec<Option<Arc<Partition>>>>,
}

impl Table {
    /// The slot that stands for what concerns no partition.
    pub(crate) const MAIL: usize = MAIL;

    pub(crate) fn new() -> Self {
        Self { slots: RwLock::new(vec![None]) }
    }

    pub(crate) fn get(&self, slot: usize) -> Option<Arc<Partition>> {
        self.read().get(slot)?.clone()
    }

    /// Returns the partition of an epoch, unless that is over and gone.
    pub(crate) fn of(&self, epoch: Epoch) -> Option<Arc<Partition>> {
        self.get(epoch.slot()).filter(|partition| partition.epoch == epoch)
    }

    /// Returns the present assignment of a partition.
    pub(crate) fn named(&self, name: &TopicPartition) -> Option<Arc<Partition>> {
        self.read().iter().flatten().find(|partition| partition.name == *name).cloned()
    }

    /// Returns the names of all partitions, in their order.
    pub(crate) fn names(&self) -> Vec<TopicPartition> {
        let mut names: Vec<_> =
            self.read().iter().flatten().map(|partition| partition.name.clone()).collect();
        names.sort_unstable();
        names
    }

    /// Returns every partition, in the order of slots.
    pub(crate) fn all(&self) -> Vec<Arc<Partition>> {
        self.read().iter().flatten().cloned().collect()
    }

    /// Returns the lowest slot that is free.
    pub(crate) fn free_slot(&self) -> usize {
        let slots = self.read();
        let free = slots.iter().skip(1).position(Option::is_none);
        free.map_or(slots.len(), |index| index + 1)
    }

    pub(crate) fn insert(&self, partition: Arc<Partition>) {
        let slot = partition.epoch.slot();
        let mut slots = self.write();
        if slots.len() <= slot {
            slots.resize(slot + 1, None);
        }
        slots[slot] = Some(partition);
    }

    pub(crate) fn remove(&self, epoch: Epoch) {
        let mut slots = self.write();
        if let Some(slot) = slots.get_mut(epoch.slot()) {
            slot.take_if(|partition| partition.epoch == epoch);
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Vec<Option<Arc<Partition>>>> {
        self.slots.read()
    }

    fn write(&self) -> RwLockWriteGuard<'_, Vec<Option<Arc<Partition>>>> {
        self.slots.write()
    }
}
