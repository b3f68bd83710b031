//! One reader's hand: whether what it holds is still to be delivered, and how far that has come.

use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU8, Ordering},
};

const CURRENT: u8 = 0;
const PAUSED: u8 = 1;
const OUTDATED: u8 = 2;

/// What a reader looks at, and writes, for each message: its own while it holds a batch, and the partition's to mark.
#[derive(Clone, Debug)]
pub(crate) struct Hand {
    marks: Arc<Marks>,
}

#[derive(Debug)]
struct Marks {
    state: AtomicU8,
    /// The offset of the last message delivered from the present batch, or -1.
    delivered: AtomicI64,
}

impl Hand {
    /// Makes a hand that holds nothing.
    pub(crate) fn new() -> Self {
        Self { marks: Arc::new(Marks { state: AtomicU8::new(CURRENT), delivered: AtomicI64::new(-1) }) }
    }

    /// Tells whether what it holds is to be delivered now. Asked for each message.
    #[inline]
    pub(crate) fn is_current(&self) -> bool {
        self.marks.state.load(Ordering::Acquire) == CURRENT
    }

    /// Notes that a message was delivered. Done for each.
    #[inline]
    pub(crate) fn deliver(&self, offset: i64) {
        self.marks.delivered.store(offset, Ordering::Release);
    }

    /// Tells whether both are the same reader's.
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.marks, &other.marks)
    }

    /// Begins with a batch.
    pub(super) fn begin(&self) {
        self.marks.delivered.store(-1, Ordering::Relaxed);
        self.marks.state.store(CURRENT, Ordering::Release);
    }

    pub(super) fn outdate(&self) {
        self.marks.state.store(OUTDATED, Ordering::Release);
    }

    pub(super) fn pause(&self, is_paused: bool) {
        self.marks.state.store(if is_paused { PAUSED } else { CURRENT }, Ordering::Release);
    }

    pub(super) fn delivered(&self) -> i64 {
        self.marks.delivered.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_ends_and_an_outdated_batch_stays_so_until_the_next() {
        let hand = Hand::new();
        let seen_by_its_reader = hand.clone();
        hand.begin();
        hand.pause(true);
        assert!(!seen_by_its_reader.is_current());
        hand.pause(false);
        assert!(seen_by_its_reader.is_current());
        hand.outdate();
        assert!(!seen_by_its_reader.is_current());
        seen_by_its_reader.deliver(41);
        assert_eq!(hand.delivered(), 41);
        hand.begin();
        assert!(seen_by_its_reader.is_current() && hand.delivered() == -1);
    }
}
