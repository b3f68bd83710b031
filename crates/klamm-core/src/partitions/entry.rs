//! What a list says of a partition.

use std::fmt;

use crate::{ErrorCode, Position, Start, TopicPartition};

/// A partition with what is said of it in a list: an offset, an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionOffset {
    /// The partition.
    pub partition: TopicPartition,
    /// Where it is read, as far as the list says.
    pub offset: Offset,
    /// What went wrong with this partition, if anything did.
    pub error: Option<ErrorCode>,
}

/// What a list says of where a partition is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Offset {
    /// Nothing. An assignment then begins where the group has committed to, as with [`Start::Committed`].
    #[default]
    Unset,
    /// At a position: what a commit sends, and what is answered when one is asked for.
    At(Position),
    /// From a place that need not be known yet: what an assignment may begin with.
    From(Start),
}

impl PartitionOffset {
    /// Names a partition without an offset.
    pub fn unset(partition: TopicPartition) -> Self {
        Self { partition, offset: Offset::Unset, error: None }
    }

    /// Names a partition at a position.
    pub fn at(partition: TopicPartition, position: Position) -> Self {
        Self { partition, offset: Offset::At(position), error: None }
    }

    /// Names a partition and where to start reading it.
    pub fn from_start(partition: TopicPartition, start: Start) -> Self {
        Self { partition, offset: Offset::From(start), error: None }
    }

    /// Returns the position, or `None` where the list says none.
    pub fn position(&self) -> Option<Position> {
        match self.offset {
            Offset::At(position) => Some(position),
            Offset::Unset | Offset::From(_) => None,
        }
    }
}

impl From<TopicPartition> for PartitionOffset {
    fn from(partition: TopicPartition) -> Self {
        Self::unset(partition)
    }
}

impl fmt::Display for PartitionOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.partition)?;
        match self.offset {
            Offset::Unset => {}
            Offset::At(position) => write!(f, "@{}", position.offset())?,
            Offset::From(start) => write!(f, "@{start}")?,
        }
        self.error.map_or(Ok(()), |error| write!(f, ": {error}"))
    }
}
