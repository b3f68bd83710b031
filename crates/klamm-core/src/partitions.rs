//! Lists of partitions, kept in Rust and converted at the boundary.

use std::{fmt, sync::Arc};

use crate::{ErrorCode, Position};

/// A partition of a topic.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TopicPartition {
    /// The topic's name.
    pub topic: Arc<str>,
    /// The partition's number, from 0.
    pub partition: i32,
}

impl TopicPartition {
    /// Names partition `partition` of `topic`.
    pub fn new(topic: impl Into<Arc<str>>, partition: i32) -> Self {
        Self { topic: topic.into(), partition }
    }
}

impl fmt::Display for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]", self.topic, self.partition)
    }
}

/// A partition with what is said of it in a list: a position, an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionOffset {
    /// The partition.
    pub partition: TopicPartition,
    /// The position, or `None` where the list says none.
    pub position: Option<Position>,
    /// What went wrong with this partition, if anything did.
    pub error: Option<ErrorCode>,
}

impl PartitionOffset {
    /// Names a partition without a position.
    pub fn unset(partition: TopicPartition) -> Self {
        Self { partition, position: None, error: None }
    }

    /// Names a partition at a position.
    pub fn at(partition: TopicPartition, position: Position) -> Self {
        Self { partition, position: Some(position), error: None }
    }
}

/// A list of partitions, as requests and answers carry it.
pub type PartitionList = Vec<PartitionOffset>;
