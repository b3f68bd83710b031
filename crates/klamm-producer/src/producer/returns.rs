//! How many records are under way, and those that come back to nobody.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::unclaimed::{Hook, Unclaimed};

/// How many records are under way, and where those go of which nobody waits to hear.
pub(crate) struct Returns {
    pub(crate) unclaimed: Unclaimed,
    /// Records that were sent, and have not come to an end.
    under_way: AtomicUsize,
    /// Records that were delivered.
    delivered: AtomicUsize,
}

impl Returns {
    pub(super) fn new(hook: Option<Hook>) -> Self {
        Self {
            unclaimed: Unclaimed::new(hook),
            under_way: AtomicUsize::new(0),
            delivered: AtomicUsize::new(0),
        }
    }

    /// Notes that a record is sent.
    #[inline]
    pub(super) fn begin(&self) {
        self.under_way.fetch_add(1, Ordering::SeqCst);
    }

    /// Notes that records have come to an end. The control thread, which may wait for the last one, looks again in a while.
    #[inline]
    pub(crate) fn ended(&self, records: usize) {
        self.under_way.fetch_sub(records, Ordering::SeqCst);
    }

    /// Returns how many records were sent and have not come to an end.
    pub(crate) fn under_way(&self) -> usize {
        self.under_way.load(Ordering::SeqCst)
    }

    /// Notes that records were delivered; that they have ended is noted after it.
    #[inline]
    pub(crate) fn add_delivered(&self, records: usize) {
        self.delivered.fetch_add(records, Ordering::SeqCst);
    }

    /// Returns how many records were delivered.
    pub(crate) fn delivered(&self) -> usize {
        self.delivered.load(Ordering::SeqCst)
    }
}
