//! What a pipeline tells whoever watches it.

use std::{fmt, time::Duration};

use klamm_core::{Epoch, ErrorCode, Position, TopicPartition, contract::ProducerError};

/// Watches a pipeline, for a dashboard or a log.
///
/// Every method does nothing unless it is implemented. They are called on the pipeline's task, between messages, and must
/// not block. None is called for each message, except [`skipped`](Self::skipped) for those that are skipped.
pub trait Observer: Send {
    /// Partitions were assigned.
    fn assigned(&mut self, partitions: &[TopicPartition]) {
        let _ = partitions;
    }

    /// How far a partition has come: after each commit, for those it was about, and once in the interval of
    /// [`commit_every`](crate::Records::commit_every), or more often, for those of which something is under way.
    fn progress(&mut self, progress: &Progress<'_>) {
        let _ = progress;
    }

    /// A commit was answered.
    fn committed(&mut self, commit: &CommitAnswered) {
        let _ = commit;
    }

    /// A transaction was aborted; its messages are handled again. Without an error a partition was lost with it, or one of its
    /// messages is not done.
    fn aborted(&mut self, error: Option<&ProducerError>) {
        let _ = error;
    }

    /// A revoke was let go of.
    fn revoked(&mut self, revoke: &Revoke<'_>) {
        let _ = revoke;
    }

    /// Partitions were lost.
    fn lost(&mut self, epochs: &[Epoch]) {
        let _ = epochs;
    }

    /// A message was passed over.
    fn skipped(&mut self, reason: &'static str) {
        let _ = reason;
    }

    /// A message is not done for longer than [`stall_after`](crate::Records::stall_after) allows.
    fn stalled(&mut self, stalled: &Stalled<'_>) {
        let _ = stalled;
    }
}

/// How far a partition has come.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Progress<'o> {
    /// The partition.
    pub partition: &'o TopicPartition,
    /// Its epoch.
    pub epoch: Epoch,
    /// What is done without a gap ends here.
    pub watermark: Option<Position>,
    /// Messages from the oldest that is not done to the last that was delivered: how far the watermark lags.
    pub behind: u64,
    /// Handlers that run.
    pub running: u64,
    /// The offset of the oldest message that is not done, and for how long at least it has not been.
    pub oldest: Option<(i64, Duration)>,
}

/// A commit that was answered.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CommitAnswered {
    /// From the request to the answer.
    pub latency: Duration,
    /// Partitions it was about.
    pub partitions: usize,
    /// Messages that are committed by it.
    pub messages: u64,
    /// The worst that was answered for one of them.
    pub class: CommitClass,
}

/// What a commit's answer means, from the best to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CommitClass {
    /// It is committed.
    Committed,
    /// It is sent again soon.
    Retriable,
    /// It is sent again when the group has finished its rebalance.
    Parked,
    /// The partition is another's; it counts as lost.
    Fenced,
    /// The request cannot succeed; the pipeline stops.
    Fatal(ErrorCode),
}

/// A revoke that was let go of.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Revoke<'o> {
    /// The epochs that end.
    pub epochs: &'o [Epoch],
    /// For how long it was held.
    pub held: Duration,
    /// Whether everything that was done is committed.
    pub is_committed: bool,
}

/// A message that is not done for too long.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Stalled<'o> {
    /// Its partition.
    pub partition: &'o TopicPartition,
    /// Its offset.
    pub offset: i64,
    /// How long ago it was delivered.
    pub age: Duration,
}

impl fmt::Debug for dyn Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}
