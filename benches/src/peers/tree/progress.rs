//! What is done of each partition, in ordered sets under mutexes.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

/// What is done of one partition.
#[derive(Debug, Default)]
pub(crate) struct Progress(Mutex<Offsets>);

#[derive(Debug, Default)]
struct Offsets {
    /// Started and not done.
    open: BTreeSet<i64>,
    /// After the last that was started.
    next: i64,
}

impl Progress {
    /// Notes that a message is started.
    pub(crate) fn start(&self, offset: i64) {
        self.with(|offsets| {
            offsets.open.insert(offset);
            offsets.next = offset + 1;
        });
    }

    /// Notes that a message is done.
    pub(crate) fn finish(&self, offset: i64) {
        self.with(|offsets| offsets.open.remove(&offset));
    }

    /// Returns the offset before which everything is done.
    pub(crate) fn watermark(&self) -> i64 {
        self.with(|offsets| offsets.open.first().copied().unwrap_or(offsets.next))
    }

    fn with<T>(&self, look: impl FnOnce(&mut Offsets) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
