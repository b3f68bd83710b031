//! What a checker found.

use std::{error, fmt, ops::Range};

use klamm_core::TopicPartition;

/// An invariant, by its number in the documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Invariant {
    /// A message that was delivered and not settled is delivered again to someone.
    I1,
    /// There is no commit above an unsettled record.
    I2,
    /// There is no commit for an epoch that is closed or lost.
    I3,
    /// Commits rise within an epoch.
    I4,
    /// The handlers of a lane do not overlap, and run in the order of offsets.
    I5,
    /// A clean restart delivers nothing twice.
    I6,
    /// A revoke is held no longer than the slowest handler plus one commit, and not past its deadline.
    I7,
    /// No more handlers run at once than may, and none is forgotten.
    I8,
    /// Nobody is parked while messages wait.
    I9,
    /// A shutdown is over within its deadline.
    I11,
    /// No future blocks the thread that polls or drops it.
    I12,
    /// The bytes of a message are not copied unless that is asked for.
    I13,
}

/// What a checker found, against which invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The invariant.
    pub invariant: Invariant,
    /// Of which partition, if it is about one.
    pub partition: Option<TopicPartition>,
    /// Which offsets of it; the end is not among them.
    pub offsets: Option<Range<i64>>,
    /// What happened.
    pub what: String,
}

impl Violation {
    pub(super) fn new(invariant: Invariant, what: impl Into<String>) -> Self {
        Self { invariant, partition: None, offsets: None, what: what.into() }
    }

    /// Names the offsets that it is about.
    pub(super) fn of(mut self, partition: &TopicPartition, offsets: Range<i64>) -> Self {
        self.partition = Some(partition.clone());
        self.offsets = Some(offsets);
        self
    }

    /// Names the offset that it is about.
    pub(super) fn at(self, partition: &TopicPartition, offset: i64) -> Self {
        self.of(partition, offset..offset.saturating_add(1))
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: ", self.invariant)?;
        if let Some(partition) = &self.partition {
            write!(f, "{partition}")?;
            if let Some(Range { start, end }) = &self.offsets {
                write!(f, "@{start}..{end}")?;
            }
            f.write_str(": ")?;
        }
        f.write_str(&self.what)
    }
}

impl error::Error for Violation {}
