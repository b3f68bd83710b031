//! Why a pipeline stopped.

use std::{convert::Infallible, time::Duration};

use klamm_core::{Error, ErrorCode, TopicPartition, contract::ProducerError};

use crate::AnyError;

/// Why a pipeline stopped. What was done before it is committed, without a gap.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProcessError<E> {
    /// The pipeline cannot work as it was built. Nothing was taken from its source.
    #[error("the pipeline cannot work")]
    Invalid(#[source] Invalid),
    /// The handler failed; the message is delivered again, to whoever reads the partition next.
    #[error("the handler failed at {partition}@{offset}")]
    Handler {
        /// The partition of the message.
        partition: TopicPartition,
        /// Its offset.
        offset: i64,
        /// What the handler said.
        source: E,
    },
    /// The handler has panicked, under [`OnPanic::Fail`](crate::OnPanic::Fail); the message is delivered again.
    #[error("the handler has panicked at {partition}@{offset}: {message}")]
    Panicked {
        /// The partition of the message.
        partition: TopicPartition,
        /// Its offset.
        offset: i64,
        /// What the panic said.
        message: String,
    },
    /// An output of the message was not delivered, by the terminals that produce; the message is delivered again.
    #[error("an output of {partition}@{offset} was not delivered")]
    Delivery {
        /// The partition of the message.
        partition: TopicPartition,
        /// Its offset.
        offset: i64,
        /// What the producer said; [`into_inner`](ProducerError::into_inner) may hold the record.
        source: ProducerError,
    },
    /// A message was not done for too long, under [`Stall::Leave`](crate::Stall::Leave).
    #[error("{partition}@{offset} is not done after {age:?}")]
    Stalled {
        /// The partition of the message.
        partition: TopicPartition,
        /// Its offset.
        offset: i64,
        /// How long ago it was started.
        age: Duration,
    },
    /// An acknowledgement was dropped, under [`OnDrop::Fail`](crate::OnDrop::Fail); the message is delivered again.
    #[error("the acknowledgement of {partition}@{offset} was dropped")]
    Dropped {
        /// The partition of the message.
        partition: TopicPartition,
        /// Its offset.
        offset: i64,
    },
    /// There can be no more transactions: their producer was fenced by another with its id, or cannot go on. Nothing of the
    /// last one counts, and its messages are delivered again.
    #[error("there can be no more transactions")]
    Transaction(#[source] ProducerError),
    /// The source cannot go on.
    #[error("the source cannot go on")]
    Source(#[source] Error),
    /// A commit was refused for good.
    #[error("a commit was refused: {0}")]
    Commit(ErrorCode),
}

impl<E> ProcessError<E> {
    /// Makes something else of what the handler said.
    pub fn map_handler<F>(self, f: impl FnOnce(E) -> F) -> ProcessError<F> {
        match self {
            Self::Invalid(invalid) => ProcessError::Invalid(invalid),
            Self::Handler { partition, offset, source } => {
                ProcessError::Handler { partition, offset, source: f(source) }
            }
            Self::Panicked { partition, offset, message } => {
                ProcessError::Panicked { partition, offset, message }
            }
            Self::Delivery { partition, offset, source } => {
                ProcessError::Delivery { partition, offset, source }
            }
            Self::Stalled { partition, offset, age } => ProcessError::Stalled { partition, offset, age },
            Self::Dropped { partition, offset } => ProcessError::Dropped { partition, offset },
            Self::Transaction(error) => ProcessError::Transaction(error),
            Self::Source(error) => ProcessError::Source(error),
            Self::Commit(code) => ProcessError::Commit(code),
        }
    }
}

/// What is derived for errors, and [`AnyError`] is none itself.
impl std::error::Error for ProcessError<AnyError> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Invalid(invalid) => Some(invalid),
            Self::Handler { source, .. } => Some(source.as_error()),
            Self::Delivery { source, .. } => Some(source),
            Self::Transaction(error) => Some(error),
            Self::Source(error) => Some(error),
            Self::Panicked { .. } | Self::Stalled { .. } | Self::Dropped { .. } | Self::Commit(_) => None,
        }
    }
}

/// Why a pipeline without a handler of its own stopped.
pub type PipelineError = ProcessError<Infallible>;

impl<E> From<Invalid> for ProcessError<E> {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

/// Why a pipeline cannot work as it was built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{policy}: {reason}")]
pub struct Invalid {
    policy: &'static str,
    reason: String,
}

impl Invalid {
    pub(crate) fn new(policy: &'static str, reason: impl Into<String>) -> Self {
        Self { policy, reason: reason.into() }
    }

    /// Returns the method of [`Records`](crate::Records) that was given something that cannot work.
    pub fn policy(&self) -> &'static str {
        self.policy
    }
}
