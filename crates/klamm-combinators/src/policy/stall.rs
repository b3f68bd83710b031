//! What happens when a message is not done for too long.

use std::time::Duration;

use crate::error::Invalid;

/// What happens when the oldest message of a partition is not done for too long.
///
/// The group does not notice a handler that never returns, since heartbeats do not depend on it: this does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stall {
    /// It is logged and told to the observer, once a message.
    Warn,
    /// Also, the handlers of the partition are dropped and nothing more of it is started. The others go on; the partition
    /// is read again, from that message on, when it is assigned anew.
    FailPartition,
    /// Also, the pipeline ends with [`ProcessError::Stalled`](crate::ProcessError::Stalled), so that others may have the
    /// partitions.
    Leave,
}

pub(super) fn check((after, _): (Duration, Stall)) -> Result<(), Invalid> {
    if after < Duration::from_millis(1) {
        return Err(Invalid::new("stall_after", "every message would be late; 1 ms is the least"));
    }
    Ok(())
}
