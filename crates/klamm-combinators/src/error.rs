//! Why a pipeline stopped.

use klamm_core::{Error, ErrorCode, TopicPartition};

/// Why a pipeline stopped. What was done before it is committed, without a gap.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProcessError<E> {
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
    /// The source cannot go on.
    #[error("the source cannot go on")]
    Source(#[source] Error),
    /// A commit was refused for good.
    #[error("a commit was refused: {0}")]
    Commit(ErrorCode),
}
