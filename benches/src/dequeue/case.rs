//! How many messages of what size, in how many partitions.

use anyhow::{Result, ensure};

use crate::{area::Case, measure::Work};

/// What a partition of the mock cluster keeps; it silently drops what is older.
const PARTITION_BYTES: usize = 5 * 1024 * 1024;
/// What a record takes at most beside its payload: a key of six digits, and the lengths, offset and time.
const RECORD_OVERHEAD: usize = 24;

/// How many messages of what size wait, in how many partitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Payload and partitions, as in `100B/1p`.
    pub name: &'static str,
    /// Bytes of a payload.
    pub payload: usize,
    /// Partitions that the messages are spread over evenly.
    pub partitions: usize,
    /// Messages in all partitions together.
    pub messages: usize,
}

impl Reading {
    /// Refuses more messages than the mock cluster keeps.
    pub(super) fn check(&self) -> Result<()> {
        let fitting = PARTITION_BYTES / (self.payload + RECORD_OVERHEAD) * self.partitions;
        ensure!(
            self.messages <= fitting,
            "a partition of the mock cluster keeps 5 MiB: {} partitions hold {fitting} messages of {} bytes, not {}",
            self.partitions,
            self.payload,
            self.messages,
        );
        Ok(())
    }
}

impl Case for Reading {
    fn name(&self) -> &'static str {
        self.name
    }

    fn work(&self) -> Work {
        Work { messages: self.messages, bytes: self.messages * self.payload }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dequeue::AREA;

    #[test]
    fn the_cases_fit_and_more_is_refused_with_the_reason() {
        for case in AREA.cases {
            case.check().unwrap();
        }
        let case = Reading { name: "100B/2p", payload: 100, partitions: 2, messages: 100_000 };
        assert_eq!(
            case.check().unwrap_err().to_string(),
            "a partition of the mock cluster keeps 5 MiB: 2 partitions hold 84562 messages of 100 bytes, not 100000"
        );
    }
}
