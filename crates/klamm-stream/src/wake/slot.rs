//! Readiness of one queue, and whether someone is at it.

use super::sync::{AtomicU8, AtomicU32, Ordering};

/// There may be something in the queue that nobody has looked at.
const READY: u8 = 1;
/// A reader is taking from the queue.
const HELD: u8 = 2;

/// Readiness of one queue, and whether someone is at it.
///
/// It stands in the ready set exactly while it is ready and not held; whoever brings that about puts it there.
#[derive(Debug)]
pub(crate) struct Slot {
    state: AtomicU8,
    /// One more than the number of the reader that alone takes from it; 0 if any reader may.
    owner: AtomicU32,
}

impl Slot {
    /// Makes a slot that is neither ready nor held.
    pub(crate) fn new() -> Self {
        Self { state: AtomicU8::new(0), owner: AtomicU32::new(0) }
    }

    /// Marks the slot ready. Returns whether it must now be put into the ready set.
    #[must_use]
    pub(super) fn raise(&self) -> bool {
        self.state.fetch_or(READY, Ordering::AcqRel) == 0
    }

    /// Holds the slot if it is ready and nobody else holds it; clears *ready* before the queue is looked at.
    #[must_use]
    pub(crate) fn claim(&self) -> bool {
        self.state.compare_exchange(READY, HELD, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// Tells whether there may be something in the queue, and nobody is at it.
    pub(crate) fn is_ready(&self) -> bool {
        self.state.load(Ordering::Acquire) == READY
    }

    /// Returns the number of the reader that alone takes from it, if there is one.
    pub(super) fn owner(&self) -> Option<usize> {
        (self.owner.load(Ordering::Acquire) as usize).checked_sub(1)
    }

    pub(super) fn set_owner(&self, number: Option<usize>) {
        let owner = number.map_or(0, |number| number + 1);
        self.owner.store(u32::try_from(owner).expect("the limit is far below"), Ordering::Release);
    }

    /// Lets go of a claimed slot, with more in the queue or not. Returns whether it must now be put into the ready set.
    #[must_use]
    pub(super) fn release(&self, more: bool) -> bool {
        if more {
            self.state.swap(READY, Ordering::AcqRel);
            true
        } else {
            // Raised while it was held: the queue was filled after it was seen empty.
            self.state.fetch_and(!HELD, Ordering::AcqRel) & READY != 0
        }
    }
}
