//! I8: credits are conserved on every exit path, drop and panic included.

use std::collections::HashMap;

use super::{Invariant, Violation};
use crate::history::{Entry, Happened, Record};

/// Checks, of a history that is complete, that no member ran more than `at_once` handlers at once, and that each has ended.
///
/// # Errors
///
/// The record whose handler was one too many, or has not ended.
pub fn credits(entries: &[Entry], at_once: usize) -> Result<(), Violation> {
    let mut running = HashMap::<&str, HashMap<u64, &Record>>::new();
    for entry in entries {
        let of_member = running.entry(&entry.member).or_default();
        match &entry.what {
            Happened::Started { number, record } => {
                of_member.insert(*number, record);
                if of_member.len() > at_once {
                    let what = format!("{} runs {} handlers at once", entry.member, of_member.len());
                    return Err(Violation::new(Invariant::I8, what).at(&record.partition, record.offset));
                }
            }
            Happened::Finished { number, .. } => {
                of_member.remove(number);
            }
            _ => {}
        }
    }
    for (member, left) in running {
        if let Some(record) = left.values().next() {
            let what = format!("the handler has not ended, of {member}");
            return Err(Violation::new(Invariant::I8, what).at(&record.partition, record.offset));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        check::story::{Story, orders},
        history::Outcome,
    };

    #[test]
    fn as_many_as_may_run_and_none_is_left() {
        let mut story = Story::new();
        let outcomes = [Outcome::Done, Outcome::Failed, Outcome::Dropped, Outcome::Panicked];
        for offset in [0, 2] {
            let running = [offset, offset + 1].map(|offset| story.started(offset));
            for (running, outcome) in running.into_iter().zip(outcomes) {
                story.finished(running, outcome);
            }
        }
        assert_eq!(credits(story.entries(), 2), Ok(()));
    }

    #[test]
    fn one_too_many_and_one_that_is_forgotten_are_found() {
        let mut story = Story::new();
        let running = [0, 1].map(|offset| story.started(offset));
        assert_eq!(
            credits(story.entries(), 1),
            Err(Violation::new(Invariant::I8, "a runs 2 handlers at once").at(&orders(), 1))
        );
        let [_, second] = running;
        story.finished(second, Outcome::Done);
        assert_eq!(credits(story.entries(), 2).unwrap_err().offsets, Some(0..1));
    }
}
