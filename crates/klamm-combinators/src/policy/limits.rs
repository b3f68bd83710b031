//! How much a pipeline holds at once.

use crate::{error::Invalid, tracker};

/// How much a pipeline holds at once: messages that were taken from the source and are not done.
///
/// A partition, or a pipeline, that has as much as it may hold is not served: its messages stay where they are, and
/// librdkafka stops fetching by itself. Nothing is paused, thrown away or fetched twice for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Messages in all, running or waiting for their turn; 10,000 by default.
    pub records: usize,
    /// Bytes of their keys and payloads in all; 64 MiB by default. The message that goes beyond it is the last one taken.
    pub bytes: usize,
    /// Messages of one partition from the oldest that is not done; 1,000 by default, at most 4,096. It bounds what is
    /// delivered again after a crash.
    pub per_partition: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { records: 10_000, bytes: 64 << 20, per_partition: 1_000 }
    }
}

impl Limits {
    /// Sets [`records`](Self::records).
    #[must_use]
    pub fn records(self, records: usize) -> Self {
        Self { records, ..self }
    }

    /// Sets [`bytes`](Self::bytes).
    #[must_use]
    pub fn bytes(self, bytes: usize) -> Self {
        Self { bytes, ..self }
    }

    /// Sets [`per_partition`](Self::per_partition).
    #[must_use]
    pub fn per_partition(self, per_partition: usize) -> Self {
        Self { per_partition, ..self }
    }

    pub(super) fn check(&self) -> Result<(), Invalid> {
        let refuse = |reason: &str| Err(Invalid::new("limits", reason));
        if self.records == 0 || self.bytes == 0 || self.per_partition == 0 {
            return refuse("a pipeline that may hold nothing would wait for ever");
        }
        if self.per_partition as u64 > tracker::LIMIT {
            return refuse("a partition may have at most 4,096 messages that are not done");
        }
        Ok(())
    }
}
