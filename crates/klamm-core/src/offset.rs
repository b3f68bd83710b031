//! How far a reader has come: positions, where it starts, and the assignment epochs both belong to.

use std::{
    fmt,
    sync::atomic::{AtomicU32, Ordering},
};

/// Where a reader stands in a partition: the offset of the next message it wants, which is what Kafka commits.
///
/// A position is always *next to read*, never *last read*; [`Position::next`] is the only place that adds one.
///
/// It is an offset in the log. The negative numbers by which librdkafka means "the end" or "what was committed" are
/// [`Start`]s, never positions; a negative position is refused wherever it would be sent.
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
        Self { offset, leader_epoch }.next()
    }

    /// Stands one message further on. The last offset there is, `i64::MAX`, has no next one and stays.
    #[must_use]
    pub fn next(self) -> Self {
        Self { offset: self.offset.saturating_add(1), ..self }
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

/// Where a partition is read from when it is assigned.
///
/// What lies outside of the log is not an error at once: librdkafka then does as `auto.offset.reset` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Start {
    /// The first message that the log still has.
    Earliest,
    /// After the last message: what is written from now on.
    Latest,
    /// Where the group has committed to; without a commit, as `auto.offset.reset` says.
    Committed,
    /// The message at this offset, from 0 to `i64::MAX - 1`.
    Offset(i64),
    /// The first message whose timestamp is not before this, in milliseconds since 1970, from 0.
    ///
    /// The broker must be asked which offset that is
    /// ([`Client::offsets_for_times`](crate::native::Client::offsets_for_times)), so it cannot be assigned as it is.
    Timestamp(i64),
    /// So many messages before the end of the log, or the first there is.
    Tail(u64),
}

impl fmt::Display for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Earliest => f.write_str("earliest"),
            Self::Latest => f.write_str("latest"),
            Self::Committed => f.write_str("committed"),
            Self::Offset(offset) => write!(f, "{offset}"),
            Self::Timestamp(millis) => write!(f, "time {millis} ms"),
            Self::Tail(count) => write!(f, "end-{count}"),
        }
    }
}

/// Where a partition's log begins and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Watermarks {
    /// The offset of the first message that the log still has.
    pub low: i64,
    /// The offset after the last message that all in-sync replicas have: what is written next may get it.
    pub high: i64,
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

    /// Returns it as one number, which is no other epoch's.
    #[inline]
    pub fn to_u64(self) -> u64 {
        u64::from(self.number) << 32 | u64::from(self.slot)
    }

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
    fn the_next_position_keeps_its_leader_epoch() {
        let position = Position::after(41, Some(7));
        assert_eq!(position.next(), Position::after(42, Some(7)));
        assert_eq!(Position::at(i64::MAX).next(), Position::at(i64::MAX));
    }

    #[test]
    fn an_epoch_is_never_reused() {
        let (a, b) = (Epoch::next(5), Epoch::next(5));
        assert_ne!(a, b);
        assert_eq!((a.slot(), b.slot()), (5, 5));
        assert_ne!(a, Epoch::NONE);
    }
}
