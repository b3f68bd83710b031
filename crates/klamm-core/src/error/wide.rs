//! The one wide error, which the narrow ones convert into.

use std::{fmt, sync::Arc, time::Duration};

#[cfg(feature = "statistics")]
use crate::statistics::StatisticsError;
use crate::{ConfigError, ErrorCode, TopicPartition, message::HeadersError};

/// What can go wrong between a topic and its reader; [`kind`](Self::kind) says which.
///
/// It is as large as a pointer, so that an item of a stream, which may be one, is not larger than a message.
#[derive(Clone)]
pub struct Error {
    kind: Box<ErrorKind>,
}

/// The ways in which things can go wrong between a topic and its reader.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The configuration was refused.
    #[error("the configuration was refused")]
    Config(#[source] ConfigError),
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
    /// The headers of a message cannot be read.
    #[error("the headers of a message cannot be read")]
    Headers(#[source] HeadersError),
    /// What librdkafka says of itself cannot be read.
    #[cfg(feature = "statistics")]
    #[error("the statistics cannot be read")]
    Statistics(#[source] StatisticsError),
    /// There is no new token to authenticate with. librdkafka asks the token provider again, and uses the last token as
    /// long as it is valid.
    #[error("no token: {reason}")]
    Token {
        /// The provider's words.
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
    /// The partition is not assigned to this consumer.
    #[error("{partition} is not assigned")]
    NotAssigned {
        /// The partition.
        partition: TopicPartition,
    },
    /// What was asked for needs a group, and the consumer has none: set `group.id`.
    #[error("{operation} needs a group, and `group.id` is not set")]
    NoGroup {
        /// What was asked for.
        operation: &'static str,
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

impl ErrorKind {
    fn code(&self) -> Option<ErrorCode> {
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
}

impl Error {
    /// Returns what went wrong.
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// Returns the code of librdkafka or of the broker, if there is one.
    pub fn code(&self) -> Option<ErrorCode> {
        self.kind.code()
    }

    /// Tells whether the same call may succeed later, without anything else being done.
    pub fn is_retriable(&self) -> bool {
        match *self.kind {
            // Three codes say that the group is between two generations, which does not last.
            ErrorKind::Timeout { .. }
            | ErrorKind::Token { .. }
            | ErrorKind::Commit {
                code:
                    ErrorCode::REBALANCE_IN_PROGRESS
                    | ErrorCode::ILLEGAL_GENERATION
                    | ErrorCode::STALE_MEMBER_EPOCH,
                ..
            } => true,
            _ => !self.is_fatal() && self.code().is_some_and(ErrorCode::is_retriable),
        }
    }

    /// Tells whether the client that met it is of no further use.
    pub fn is_fatal(&self) -> bool {
        matches!(*self.kind, ErrorKind::Fatal { .. }) || self.code().is_some_and(ErrorCode::is_fatal)
    }
}

impl From<ErrorKind> for Error {
    #[cold]
    fn from(kind: ErrorKind) -> Self {
        Self { kind: Box::new(kind) }
    }
}

impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Self {
        ErrorKind::Config(error).into()
    }
}

impl From<HeadersError> for Error {
    fn from(error: HeadersError) -> Self {
        ErrorKind::Headers(error).into()
    }
}

#[cfg(feature = "statistics")]
impl From<StatisticsError> for Error {
    fn from(error: StatisticsError) -> Self {
        ErrorKind::Statistics(error).into()
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.kind, f)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.kind, f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&*self.kind)
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn an_error_is_as_large_as_a_pointer_and_says_what_its_kind_says() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
        let reason = "a reason".to_owned();
        let error = Error::from(ConfigError::Inconsistent { reason });
        assert_eq!(error.to_string(), "the configuration was refused");
        assert_eq!(error.source().unwrap().to_string(), "a reason");
        let error = Error::from(ErrorKind::Client { code: ErrorCode::TRANSPORT, reason: "gone".to_owned() });
        assert!(error.is_retriable() && !error.is_fatal());
        assert_eq!((error.code(), error.to_string().as_str()), (Some(ErrorCode::TRANSPORT), "gone"));
    }
}
