//! What happens to the handlers of a partition that is taken away.

use std::time::Duration;

use crate::error::Invalid;

/// What happens to the handlers of a partition that the group wants back.
///
/// Whatever is chosen, what waits for its turn is discarded and not started, and what is done is
/// committed before the partition is let go of. A partition that is *lost* knows no choice: its handlers are dropped and
/// nothing of it is committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnRevoke {
    /// Waits for those that were started, so that a clean restart repeats nothing, but no longer than `deadline`; then
    /// drops them. What waits for its key before one that was started is handled too: that one could not be committed over
    /// the gap. The other partitions' messages are not fetched meanwhile.
    Drain {
        /// How long, counted from the revoke; at most as long as the source can hold one.
        deadline: Duration,
    },
    /// Drops them at once. Their messages are delivered again.
    Cancel,
    /// Lets them run on and waits for none. Their messages are delivered again to the next owner of the partition, while
    /// they run: only for handlers that may be repeated at any time.
    Detach,
}

impl OnRevoke {
    pub(super) fn check(self, hold_limit: Duration) -> Result<(), Invalid> {
        let Self::Drain { deadline } = self else { return Ok(()) };
        if deadline.is_zero() {
            return Err(Invalid::new("on_revoke", "a drain of no time at all is `OnRevoke::Cancel`"));
        }
        if deadline > hold_limit {
            let reason = format!("a drain of {deadline:?} outlasts what the source can hold, {hold_limit:?}");
            return Err(Invalid::new("on_revoke", reason));
        }
        Ok(())
    }
}
