//! One pool of records and bytes.

use std::task::{Context, Poll};

use super::sync::{AtomicUsize, AtomicWaker, Ordering, fence, register};
use crate::Limits;

/// What a pipeline holds: records that were taken from the source and are not done, and their bytes.
///
/// Only the pipeline takes; whoever is done with a record gives back, on any thread. A pipeline that finds nothing left
/// stores its waker and looks again; whoever gives back counts first and then wakes. With a fence on both sides one of
/// the two sees the other.
#[derive(Debug)]
pub(crate) struct Credits {
    records: AtomicUsize,
    bytes: AtomicUsize,
    task: AtomicWaker,
}

impl Credits {
    pub(crate) fn new() -> Self {
        Self { records: AtomicUsize::new(0), bytes: AtomicUsize::new(0), task: AtomicWaker::new() }
    }

    /// Takes one record of so many bytes.
    pub(crate) fn take(&self, bytes: usize) {
        self.records.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Gives one record back.
    pub(crate) fn give(&self, bytes: usize) {
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.records.fetch_sub(1, Ordering::Release);
        fence(Ordering::SeqCst);
        self.task.wake();
    }

    /// Tells whether another record may be taken.
    #[inline]
    pub(crate) fn is_left(&self, limits: &Limits) -> bool {
        self.records.load(Ordering::Acquire) < limits.records
            && self.bytes.load(Ordering::Relaxed) < limits.bytes
    }

    /// Completes when another record may be taken.
    pub(crate) fn poll_left(&self, limits: &Limits, cx: &mut Context<'_>) -> Poll<()> {
        if self.is_left(limits) {
            return Poll::Ready(());
        }
        self.watch(cx);
        if self.is_left(limits) { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Has the task woken when one is given back. What was given back before is to be looked at after this.
    pub(crate) fn watch(&self, cx: &Context<'_>) {
        register(&self.task, cx.waker());
        fence(Ordering::SeqCst);
    }

    /// Returns how many records are held.
    pub(crate) fn records(&self) -> usize {
        self.records.load(Ordering::Acquire)
    }
}
