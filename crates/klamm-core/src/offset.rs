//! How far a reader has come: positions, and the assignment epochs they belong to.

use std::sync::atomic::{AtomicU32, Ordering};

/// Where a reader stands in a partition: the offset of the next message it wants, which is what Kafka commits.
///
/// A position is always *next to read*, never *last read*; [`Position::after`] is the only place that adds one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Position {
    offset: i64,
    leader_epoch: Option<i32>,
}

impl Position {
    /// Stands at `offset`: the message there is read next.
    pub fn at(offset: i64) -> Self {
        Self { offset, leader_epoch: None }
    }

    /// Stands after the message at `offset`, which was written under `leader_epoch`.
    ///
    /// The leader epoch travels with the commit, so that Kafka can tell a truncated log (KIP-320).
    pub fn after(offset: i64, leader_epoch: Option<i32>) -> Self {
        Self { offset: offset.saturating_add(1), leader_epoch }
    }

    /// Returns the offset of the message that is read next.
    pub fn offset(self) -> i64 {
        self.offset
    }

    /// Returns the leader epoch of the message before, if the broker said so.
    pub fn leader_epoch(self) -> Option<i32> {
        self.leader_epoch
    }

    pub(crate) fn with_leader_epoch(self, leader_epoch: Option<i32>) -> Self {
        Self { leader_epoch, ..self }
    }
}

/// One partition during one assignment: what progress is counted in, and what fences a commit.
///
/// Each time a partition is assigned it gets an epoch that this process has never used before, so that a message, an
/// acknowledgement or a commit of an earlier assignment can be told from the present one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
// Moved as one word, since every message carries it.
#[repr(C, align(8))]
pub struct Epoch {
    number: u32,
    slot: u32,
}

impl Epoch {
    /// The epoch of a message that was never assigned, such as one made by hand.
    pub const NONE: Self = Self { number: 0, slot: 0 };

    /// Makes an epoch that this process has not used before, for the consumer's slot `slot`.
    pub fn next(slot: u32) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        Self { number: NUMBER.fetch_add(1, Ordering::Relaxed), slot }
    }

    /// Returns the small number that the consumer uses for the partition during this assignment.
    ///
    /// It is dense and reused, so that it can index a table; the epoch as a whole is not reused.
    pub fn slot(self) -> usize {
        self.slot as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_next_to_read() {
        assert_eq!(Position::after(41, Some(7)).offset(), 42);
        assert_eq!(Position::at(42).offset(), 42);
        assert_eq!(Position::after(i64::MAX, None).offset(), i64::MAX);
    }

    #[test]
    fn an_epoch_is_never_reused() {
        let (a, b) = (Epoch::next(5), Epoch::next(5));
        assert_ne!(a, b);
        assert_eq!((a.slot(), b.slot()), (5, 5));
        assert_ne!(a, Epoch::NONE);
    }
}
