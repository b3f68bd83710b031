//! A partition that is read alone, for as long as somebody is to read it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use crate::{Consumer, partition::Partition, wake::Hub};

/// A partition that is read alone: by its stream, or by the pipelines of its source. It is handed back when dropped.
pub(super) struct Seat {
    pub(super) partition: Arc<Partition>,
    /// Whether somebody reads it.
    is_taken: AtomicBool,
    pub(super) consumer: Consumer,
}

impl Seat {
    /// Makes the seat of a partition whose `reading` was just opened for it. Nobody reads it yet.
    pub(super) fn new(consumer: Consumer, partition: Arc<Partition>) -> Self {
        consumer.shared().add_partition_stream();
        Self { partition, is_taken: AtomicBool::new(false), consumer }
    }

    /// Becomes the one who reads it; false while another does.
    pub(super) fn take(&self) -> bool {
        !self.is_taken.swap(true, Ordering::AcqRel)
    }

    /// Reads it no longer. The reader's number must not be another's yet.
    pub(super) fn give_back(&self) {
        // Before another reader can own the slot.
        self.hub().disown(self.partition.epoch.slot(), &self.partition.slot);
        self.is_taken.store(false, Ordering::Release);
    }

    fn hub(&self) -> &Hub {
        &self.consumer.shared().hub
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.partition.reading.close();
        self.hub().enqueue(self.partition.epoch.slot(), &self.partition.slot);
        self.consumer.shared().remove_partition_stream();
    }
}
