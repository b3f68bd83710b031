//! What a pipeline is told when its partitions come and go.

use std::{fmt, time::Instant};

use crate::{Epoch, TopicPartition};

/// A partition that was assigned, and the epoch that lasts as long as this assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assigned {
    /// The partition.
    pub partition: TopicPartition,
    /// Its epoch.
    pub epoch: Epoch,
}

/// Partitions that will be taken away once this token is dropped: the rebalance is held until then.
///
/// Their commits are still accepted. Start no more of their messages, wait for those that were started, commit, and
/// drop the token. At the [`deadline`](Self::deadline) the partitions are taken all the same and count as [`Lost`].
#[must_use = "dropping the token lets the rebalance go on"]
pub struct Revoked {
    epochs: Vec<Epoch>,
    deadline: Instant,
    release: Option<Box<dyn FnOnce() + Send>>,
}

impl Revoked {
    /// Makes a token that calls `release` when it is dropped.
    pub fn new(epochs: Vec<Epoch>, deadline: Instant, release: impl FnOnce() + Send + 'static) -> Self {
        Self { epochs, deadline, release: Some(Box::new(release)) }
    }

    /// Returns the epochs that end.
    pub fn epochs(&self) -> &[Epoch] {
        &self.epochs
    }

    /// Returns when the hold ends whatever happens.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }
}

impl Drop for Revoked {
    fn drop(&mut self) {
        if let Some(release) = self.release.take() {
            release();
        }
    }
}

impl fmt::Debug for Revoked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Revoked").field("epochs", &self.epochs).finish_non_exhaustive()
    }
}

/// Partitions that are gone: another member may be reading them already. Nothing of theirs can be committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// The epochs that ended.
    pub epochs: Vec<Epoch>,
}
