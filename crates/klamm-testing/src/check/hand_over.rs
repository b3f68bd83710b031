//! I6, at its root: who lets go of a revoke in time has committed what is done, and runs nothing.

use std::collections::{HashMap, HashSet};

use klamm_core::{Epoch, contract::CommitResult};

use super::{Invariant, Violation};
use crate::history::{Entry, Happened, Outcome, Record};

/// What one pipeline has done of an assignment.
#[derive(Default)]
struct Share<'e> {
    /// What was started, in order, and whether it is done.
    records: Vec<(&'e Record, bool)>,
    running: HashSet<u64>,
    /// Below this everything is committed.
    committed: i64,
    /// The group has said that it takes nothing more.
    is_over: bool,
}

impl Share<'_> {
    /// Returns the last record that is done, below which every one is, if it is not committed.
    fn uncommitted(&self) -> Option<&Record> {
        let open = self.records.iter().filter(|(_, is_done)| !is_done).map(|(record, _)| record.offset).min();
        let is_below = |record: &&Record| open.is_none_or(|open| record.offset < open);
        let done = self.records.iter().filter(|(_, is_done)| *is_done).map(|(record, _)| *record);
        let last = done.filter(is_below).max_by_key(|record| record.offset)?;
        (last.offset >= self.committed).then_some(last)
    }
}

/// Checks each revoke that a running pipeline let go of before its deadline: no handler of its partitions ran, and everything
/// that was done without a gap was committed. An assignment that was lost, or of which the group took no more, is passed
/// over, and so are pipelines that were dropped meanwhile.
///
/// # Errors
///
/// The record that ran, or was done and not committed.
pub fn hand_over(entries: &[Entry]) -> Result<(), Violation> {
    // By member: what its present pipeline has done.
    let mut members = HashMap::<&str, HashMap<Epoch, Share<'_>>>::new();
    let mut deadlines = HashMap::new();
    for entry in entries {
        let shares = members.entry(&entry.member).or_default();
        match &entry.what {
            Happened::Opened | Happened::Ended => shares.clear(),
            Happened::Started { number, record } => {
                let share = shares.entry(record.epoch).or_default();
                share.records.push((record, false));
                share.running.insert(*number);
            }
            Happened::Finished { number, record, outcome } => {
                let Some(share) = shares.get_mut(&record.epoch) else { continue };
                if share.running.remove(number) && *outcome == Outcome::Done {
                    let mut records = share.records.iter_mut().rev();
                    let own = records.find(|(other, _)| *other == &**record);
                    if let Some((_, is_done)) = own {
                        *is_done = true;
                    }
                }
            }
            Happened::Answered(answers) => {
                for (epoch, result) in answers {
                    let Some(share) = shares.get_mut(epoch) else { continue };
                    match result {
                        CommitResult::Committed(position) => {
                            share.committed = share.committed.max(position.offset());
                        }
                        CommitResult::Retriable(_) | CommitResult::Parked(_) => {}
                        _ => share.is_over = true,
                    }
                }
            }
            Happened::Lost { epochs } => epochs.iter().for_each(|epoch| drop(shares.remove(epoch))),
            Happened::Revoked { epochs, deadline } => {
                deadlines.extend(epochs.iter().map(|epoch| (*epoch, *deadline)));
            }
            Happened::Released { epochs } => {
                for epoch in epochs {
                    let Some(share) = shares.remove(epoch) else { continue };
                    let is_late = deadlines.get(epoch).is_some_and(|deadline| entry.at >= *deadline);
                    if !share.is_over && !is_late {
                        judge(&share, &entry.member)?;
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn judge(share: &Share<'_>, member: &str) -> Result<(), Violation> {
    let (record, what) = match share.uncommitted() {
        _ if !share.running.is_empty() => (share.records.first().map(|(record, _)| *record), "a handler ran"),
        Some(record) => (Some(record), "it was done and not committed"),
        None => return Ok(()),
    };
    let violation = Violation::new(Invariant::I6, format!("{member} let go of a revoke while {what}"));
    Err(match record {
        Some(record) => violation.at(&record.partition, record.offset),
        None => violation,
    })
}

#[cfg(test)]
mod tests {
    use klamm_core::ErrorCode;

    use super::*;
    use crate::check::story::{Story, orders};

    /// Two records that are done beside one that failed, with a commit up to there.
    fn story(committed: i64) -> Story {
        let mut story = Story::new();
        story.add(Happened::Opened);
        (0..2).for_each(|offset| story.handled(offset));
        story.failed(2);
        story.handled(3);
        story.revoked(100);
        story.answered(committed);
        story
    }

    #[test]
    fn what_is_done_without_a_gap_is_committed_first() {
        let mut story = story(2);
        story.released();
        assert_eq!(hand_over(story.entries()), Ok(()));
    }

    #[test]
    fn what_is_done_and_not_committed_is_found() {
        let mut story = story(1);
        story.released();
        let violation = hand_over(story.entries()).unwrap_err();
        assert_eq!((violation.partition, violation.offsets), (Some(orders()), Some(1..2)));
    }

    #[test]
    fn a_handler_that_still_runs_is_found() {
        let mut story = story(2);
        story.started(4);
        story.released();
        assert!(hand_over(story.entries()).unwrap_err().what.ends_with("a handler ran"));
    }

    #[test]
    fn what_nobody_can_commit_is_passed_over() {
        let ends: [fn(&mut Story); 4] = [
            |story| story.add(Happened::Ended),
            Story::lost,
            |story| story.pass(100),
            |story| story.answer(CommitResult::Fenced(Some(ErrorCode::UNKNOWN_MEMBER_ID))),
        ];
        for end in ends {
            let mut story = story(1);
            end(&mut story);
            story.released();
            assert_eq!(hand_over(story.entries()), Ok(()));
        }
    }
}
