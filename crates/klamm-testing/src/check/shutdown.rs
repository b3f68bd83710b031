//! I11: shutdown ends within its deadline from any state.

use std::{collections::HashMap, time::Duration};

use super::{Invariant, Violation};
use crate::history::{Entry, Happened};

/// Checks, of a history that is complete, that each shutdown was over within its deadline, and `slack` for a busy machine.
///
/// # Errors
///
/// The member that took longer.
pub fn shutdown(entries: &[Entry], slack: Duration) -> Result<(), Violation> {
    let mut closing = HashMap::<&str, Duration>::new();
    for entry in entries {
        match &entry.what {
            Happened::Closing { deadline } => {
                closing.insert(&entry.member, entry.at + *deadline);
            }
            Happened::Closed => {
                let Some(until) = closing.remove(&*entry.member) else { continue };
                if entry.at > until + slack {
                    let late = entry.at.saturating_sub(until);
                    let what = format!("{} shut down {late:?} after its deadline", entry.member);
                    return Err(Violation::new(Invariant::I11, what));
                }
            }
            _ => {}
        }
    }
    match closing.keys().next() {
        Some(member) => Err(Violation::new(Invariant::I11, format!("{member} never shut down"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::story::Story;

    const SLACK: Duration = Duration::from_millis(50);

    fn closed_after(millis: u64) -> Story {
        let mut story = Story::new();
        story.add(Happened::Closing { deadline: Duration::from_millis(100) });
        story.pass(millis);
        story.add(Happened::Closed);
        story
    }

    #[test]
    fn a_shutdown_within_its_deadline_is_in_order() {
        assert_eq!(shutdown(closed_after(120).entries(), SLACK), Ok(()));
    }

    #[test]
    fn a_shutdown_that_is_late_or_never_over_is_found() {
        let violation = shutdown(closed_after(170).entries(), SLACK).unwrap_err();
        assert_eq!(violation.to_string(), "I11: a shut down 70ms after its deadline");
        let mut story = Story::new();
        story.add(Happened::Closing { deadline: SLACK });
        assert_eq!(shutdown(story.entries(), SLACK).unwrap_err().to_string(), "I11: a never shut down");
    }
}
