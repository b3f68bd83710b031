//! The calls of a transactional producer.

use std::fmt;

use klamm_core::{Position, TopicPartition};

/// A call that is made of a transactional [`ScriptedProducer`](crate::ScriptedProducer).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Call {
    /// A transaction is to begin.
    Begin,
    /// Positions are to be a part of it.
    SendOffsets,
    /// It is to be committed.
    Commit,
    /// It is to be taken back.
    Abort,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Begin => "begin",
            Self::SendOffsets => "send_offsets",
            Self::Commit => "commit",
            Self::Abort => "abort",
        })
    }
}

/// A call that was made, and what it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Called {
    /// A transaction was to begin.
    Begin,
    /// Positions were to be a part of it.
    SendOffsets {
        /// The positions, sorted by partition.
        positions: Vec<(TopicPartition, Position)>,
        /// The generation of the group that they are committed for, if its member has joined.
        generation: Option<i32>,
    },
    /// It was to be committed.
    Commit,
    /// It was to be taken back.
    Abort,
}

impl Called {
    /// Returns which call it was.
    pub fn call(&self) -> Call {
        match self {
            Self::Begin => Call::Begin,
            Self::SendOffsets { .. } => Call::SendOffsets,
            Self::Commit => Call::Commit,
            Self::Abort => Call::Abort,
        }
    }
}
