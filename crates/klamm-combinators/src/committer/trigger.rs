//! When to commit.

use std::time::{Duration, Instant};

use crate::error::Invalid;

/// When to commit: after so many messages, or so long after the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trigger {
    pub(crate) records: usize,
    pub(crate) interval: Duration,
}

impl Default for Trigger {
    fn default() -> Self {
        Self { records: 1_000, interval: Duration::from_secs(1) }
    }
}

impl Trigger {
    /// Returns when a commit is due, counted from the first message that is done and not sent.
    pub(crate) fn due(self, since: Instant) -> Option<Instant> {
        since.checked_add(self.interval)
    }

    pub(crate) fn check(self) -> Result<(), Invalid> {
        if self.records == 0 {
            return Err(Invalid::new(
                "commit_every",
                "a commit after every 0 messages cannot be; 1 is after each",
            ));
        }
        Ok(())
    }
}
