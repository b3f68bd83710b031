//! The one wide error, which the narrow ones convert into.

use std::{sync::Arc, time::Duration};

use crate::{ConfigError, ErrorCode, TopicPartition};

/// What can go wrong between a topic and its reader.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The configuration was refused.
    #[error("the configuration was refused")]
    Config(#[from] ConfigError),
    /// A call into librdkafka was answered with an error.
    #[error("{operation}: {reason}")]
    Operation {
        /// The librdkafka function.
        operation: &'static str,
        /// The code.
        code: ErrorCode,
        /// librdkafka's words.
        reason: String,
    },
    /// A topic cannot be read.
    #[error("topic `{topic}`: {reason}")]
    Topic {
        /// The topic's name.
        topic: Arc<str>,
        /// The code.
        code: ErrorCode,
        /// librdkafka's words.
        reason: String,
    },
    /// A partition cannot be read from where it stands.
    #[error("{partition}@{offset}: {reason}")]
    Partition {
        /// The partition.
        partition: TopicPartition,
        /// The offset that was asked for.
        offset: i64,
        /// The code.
        code: ErrorCode,
        /// librdkafka's words.
        reason: String,
    },
    /// Something went wrong that concerns no partition in particular, such as a broker that is down.
    #[error("{reason}")]
    Client {
        /// The code.
        code: ErrorCode,
        /// librdkafka's words.
        reason: String,
    },
    /// The client met an error it cannot recover from; it must be made anew.
    #[error("fatal: {reason}")]
    Fatal {
        /// The code.
        code: ErrorCode,
        /// librdkafka's words.
        reason: String,
    },
    /// A commit was refused.
    #[error("commit refused for {partition}: {code}")]
    Commit {
        /// The partition.
        partition: TopicPartition,
        /// The code.
        code: ErrorCode,
    },
    /// The message's assignment is over: the partition was revoked or lost since it was delivered.
    #[error("the assignment of {partition} is over")]
    EpochClosed {
        /// The partition.
        partition: TopicPartition,
    },
    /// The broker did not answer within the caller's deadline. The request may still take effect.
    #[error("{operation}: no answer within {after:?}")]
    Timeout {
        /// What was asked for.
        operation: &'static str,
        /// How long it was waited for.
        after: Duration,
    },
    /// A pipeline already takes this consumer's messages, and it must see all of them.
    #[error("the consumer's messages are taken by a pipeline")]
    Taken,
    /// More readers or partitions than one consumer can have.
    #[error("more than {limit} {what} on one consumer")]
    TooMany {
        /// What there were too many of.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// The operating system has no thread to give.
    #[error("no thread could be started")]
    Thread(#[source] Arc<std::io::Error>),
    /// The client is closed.
    #[error("the client is closed")]
    Closed,
}

impl Error {
    /// Returns the code of librdkafka or of the broker, if there is one.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Operation { code, .. }
            | Self::Topic { code, .. }
            | Self::Partition { code, .. }
            | Self::Client { code, .. }
            | Self::Fatal { code, .. }
            | Self::Commit { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// Tells whether the same call may succeed later, without anything else being done.
    pub fn is_retriable(&self) -> bool {
        matches!(self, Self::Timeout { .. })
            || !self.is_fatal() && self.code().is_some_and(ErrorCode::is_retriable)
    }

    /// Tells whether the client that met it is of no further use.
    pub fn is_fatal(&self) -> bool {
        matches!(self, Self::Fatal { .. }) || self.code().is_some_and(ErrorCode::is_fatal)
    }
}
