//! I12: no public async function blocks the thread that polls it; no `Drop` blocks.

use std::time::Duration;

use super::{Invariant, Violation};
use crate::history::{Entry, Happened};

/// Checks that no poll and no drop of a future that was [measured](crate::history::Member::polls) kept its thread for longer
/// than `limit`.
///
/// # Errors
///
/// The first that did.
pub fn polls(entries: &[Entry], limit: Duration) -> Result<(), Violation> {
    for entry in entries {
        match &entry.what {
            Happened::Polled { kept } if *kept > limit => {
                let what = format!("{} kept its thread for {kept:?}", entry.member);
                return Err(Violation::new(Invariant::I12, what));
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::story::Story;

    #[test]
    fn a_poll_that_keeps_its_thread_is_found() {
        let mut story = Story::new();
        for millis in [1, 20] {
            story.add(Happened::Polled { kept: Duration::from_millis(millis) });
        }
        assert_eq!(polls(story.entries(), Duration::from_millis(20)), Ok(()));
        let violation = polls(story.entries(), Duration::from_millis(19)).unwrap_err();
        assert_eq!(violation.to_string(), "I12: a kept its thread for 20ms");
    }
}
