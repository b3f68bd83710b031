//! I7: a revoke hold lasts no longer than the slowest started handler plus one commit, and never past its deadline.

use std::{collections::HashMap, time::Duration};

use klamm_core::Epoch;

use super::{Invariant, Violation};
use crate::history::{Entry, Happened, Record};

/// A revoke that waits.
struct Hold<'e> {
    member: &'e str,
    epochs: &'e [Epoch],
    since: Duration,
    deadline: Duration,
    /// The highest offset of each epoch that was started before it.
    started: HashMap<Epoch, i64>,
    /// When the last of its handlers was over.
    drained: Duration,
}

/// Checks, of a history that is complete, that no handler was started for what a revoke waits for, except of a record behind
/// which another was started already, since that one would be handled twice otherwise; and that each revoke was let go of when the last handler that had been started was over, within `commit`: as long as a commit may take, with what a
/// busy machine and a commit that is refused add. Nor is it held for longer than that after its deadline.
///
/// # Errors
///
/// The record that was started, or the member that held on.
pub fn hold(entries: &[Entry], commit: Duration) -> Result<(), Violation> {
    let (mut holds, mut running) = (Vec::<Hold<'_>>::new(), HashMap::<u64, &Record>::new());
    let mut highest = HashMap::<Epoch, i64>::new();
    for entry in entries {
        match &entry.what {
            Happened::Revoked { epochs, deadline } => {
                let (member, since) = (&*entry.member, entry.at);
                let started = epochs.iter().filter_map(|epoch| Some((*epoch, *highest.get(epoch)?)));
                let started = started.collect();
                holds.push(Hold { member, epochs, since, deadline: *deadline, started, drained: since });
            }
            Happened::Started { number, record } => {
                let fills_a_gap = |hold: &Hold<'_>| {
                    hold.started.get(&record.epoch).is_some_and(|last| record.offset < *last)
                };
                let mut of_it = holds.iter().filter(|hold| hold.epochs.contains(&record.epoch));
                if of_it.any(|hold| !fills_a_gap(hold)) {
                    let what = format!("started by {} while a revoke waits", entry.member);
                    return Err(Violation::new(Invariant::I7, what).at(&record.partition, record.offset));
                }
                running.insert(*number, record);
                let last = highest.entry(record.epoch).or_insert(record.offset);
                *last = record.offset.max(*last);
            }
            Happened::Rewound { epoch, offset } => {
                highest.insert(*epoch, offset - 1);
            }
            Happened::Finished { number, record, .. } => {
                running.remove(number);
                let of_it = holds.iter_mut().filter(|hold| hold.epochs.contains(&record.epoch));
                of_it.for_each(|hold| hold.drained = entry.at);
            }
            Happened::Released { epochs } => {
                let Some(index) = holds.iter().position(|hold| hold.epochs == epochs) else { continue };
                let hold = holds.swap_remove(index);
                let still = running.values().any(|record| epochs.contains(&record.epoch));
                let drained = if still { entry.at } else { hold.drained };
                judge(&hold, drained, entry.at, commit)?;
            }
            _ => {}
        }
    }
    match holds.first() {
        Some(hold) => {
            let what = format!("{} never let go of a revoke", hold.member);
            Err(Violation::new(Invariant::I7, what))
        }
        None => Ok(()),
    }
}

fn judge(hold: &Hold<'_>, drained: Duration, released: Duration, commit: Duration) -> Result<(), Violation> {
    let Hold { member, since, deadline, .. } = hold;
    let held = released.saturating_sub(*since);
    let what = if released > *deadline + commit {
        format!("{member} held a revoke for {held:?}, past its deadline")
    } else if released > drained + commit {
        format!(
            "{member} held a revoke for {held:?}, {:?} after its last handler",
            released.saturating_sub(drained)
        )
    } else {
        return Ok(());
    };
    Err(Violation::new(Invariant::I7, what))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        check::story::{Story, orders},
        history::Outcome,
    };

    const COMMIT: Duration = Duration::from_millis(20);

    /// A revoke with a deadline of 100 ms, while a handler runs for so long, and then the commit.
    fn held(handler: u64, commit: u64) -> Story {
        let mut story = Story::new();
        let running = story.started(0);
        story.pass(500);
        story.revoked(100);
        story.pass(handler);
        story.finished(running, Outcome::Done);
        story.pass(commit);
        story.released();
        story
    }

    #[test]
    fn a_hold_lasts_as_long_as_its_handlers_and_a_commit() {
        for (handler, commit) in [(0, 0), (70, 20), (100, 20)] {
            assert_eq!(hold(held(handler, commit).entries(), COMMIT), Ok(()));
        }
        // A handler may be dropped after the token, at the deadline.
        let mut story = Story::new();
        story.started(0);
        story.revoked(100);
        story.pass(110);
        story.released();
        assert_eq!(hold(story.entries(), COMMIT), Ok(()));
    }

    #[test]
    fn a_hold_that_lasts_longer_is_found() {
        let late = hold(held(10, 30).entries(), COMMIT).unwrap_err();
        assert_eq!(late.to_string(), "I7: a held a revoke for 40ms, 30ms after its last handler");
        let late = hold(held(120, 1).entries(), COMMIT).unwrap_err();
        assert_eq!(late.to_string(), "I7: a held a revoke for 121ms, past its deadline");
        let mut story = Story::new();
        story.revoked(100);
        assert_eq!(hold(story.entries(), COMMIT).unwrap_err().to_string(), "I7: a never let go of a revoke");
    }

    #[test]
    fn a_gap_may_be_filled_in_a_hold() {
        let mut story = Story::new();
        let behind = story.started(7);
        story.revoked(100);
        story.handled(6);
        story.finished(behind, Outcome::Done);
        story.released();
        assert_eq!(hold(story.entries(), COMMIT), Ok(()));
    }

    #[test]
    fn a_handler_that_is_started_in_a_hold_is_found() {
        let mut story = Story::new();
        story.handled(0);
        story.revoked(100);
        story.handled(1);
        story.released();
        let violation = hold(story.entries(), COMMIT).unwrap_err();
        assert_eq!((violation.partition, violation.offsets), (Some(orders()), Some(1..2)));
    }
}
