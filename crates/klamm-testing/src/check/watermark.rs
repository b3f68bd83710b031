//! I2: no commit above an unsettled record.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use klamm_core::{Epoch, TopicPartition};

use super::{Invariant, Violation};
use crate::history::{Entry, Happened, Outcome};

/// What is known of an assignment, or of a partition.
#[derive(Default)]
struct Progress<'e> {
    partition: Option<&'e TopicPartition>,
    unsettled: BTreeSet<i64>,
    settled: BTreeSet<i64>,
}

impl<'e> Progress<'e> {
    fn deliver(&mut self, partition: &'e TopicPartition, offset: i64) {
        self.partition = Some(partition);
        if !self.settled.contains(&offset) {
            self.unsettled.insert(offset);
        }
    }

    fn settle(&mut self, offset: i64) {
        self.unsettled.remove(&offset);
        self.settled.insert(offset);
    }

    /// Returns the first record below a position that is not settled.
    fn unsettled_below(&self, position: i64) -> Option<i64> {
        self.unsettled.range(..position).next().copied()
    }
}

/// Checks each commit that was asked for, and each offset that the cluster said was committed, against what was handled with
/// success by then: within the assignment for the one, by anybody for the other. Neither is beyond the last record that was.
///
/// # Errors
///
/// The record that was passed over.
pub fn watermark(entries: &[Entry]) -> Result<(), Violation> {
    let mut epochs = HashMap::<Epoch, Progress<'_>>::new();
    let mut partitions = BTreeMap::<&TopicPartition, Progress<'_>>::new();
    for entry in entries {
        match &entry.what {
            Happened::Delivered(record) | Happened::Started { record, .. } => {
                let (partition, offset) = (&record.partition, record.offset);
                epochs.entry(record.epoch).or_default().deliver(partition, offset);
                partitions.entry(partition).or_default().deliver(partition, offset);
            }
            Happened::Finished { record, outcome: Outcome::Done, .. } => {
                epochs.entry(record.epoch).or_default().settle(record.offset);
                partitions.entry(&record.partition).or_default().settle(record.offset);
            }
            Happened::Asked(asked) => {
                for (epoch, position) in asked {
                    let Some(progress) = epochs.get(epoch) else {
                        let what =
                            format!("{} asked to commit {position} with nothing delivered", entry.member);
                        return Err(Violation::new(Invariant::I2, what));
                    };
                    judge(progress, *position, &format!("{} asked to commit", entry.member))?;
                }
            }
            Happened::Committed { partition, offset: Some(offset) } => {
                let Some(progress) = partitions.get(partition) else {
                    let violation = Violation::new(Invariant::I2, "committed, with nothing delivered");
                    return Err(violation.at(partition, *offset));
                };
                judge(progress, *offset, "the group has committed")?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn judge(progress: &Progress<'_>, position: i64, who: &str) -> Result<(), Violation> {
    let settled = progress.settled.last().copied().unwrap_or(-1);
    let (offset, what) = match progress.unsettled_below(position) {
        Some(offset) => (offset, "above a record that is not done"),
        None if position > settled + 1 => (settled + 1, "beyond the last record that is done"),
        None => return Ok(()),
    };
    let violation = Violation::new(Invariant::I2, format!("{who} {position}, {what}"));
    Err(match progress.partition {
        Some(partition) => violation.at(partition, offset),
        None => violation,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::story::{Story, orders};

    #[test]
    fn a_commit_up_to_what_is_done_is_in_order() {
        let mut story = Story::new();
        story.handled(0);
        let running = story.started(1);
        story.handled(2);
        story.asked(1);
        story.committed(1);
        story.finished(running, Outcome::Done);
        story.asked(3);
        story.committed(3);
        assert_eq!(watermark(story.entries()), Ok(()));
    }

    #[test]
    fn a_commit_above_a_record_that_fails_runs_or_was_never_started_is_found() {
        type Tell = fn(&mut Story);
        let tell: [Tell; 3] =
            [|story| story.failed(1), |story| drop(story.started(1)), |story| story.delivered(1)];
        for tell in tell {
            for commit in [Story::asked as fn(&mut Story, i64), Story::committed] {
                let mut story = Story::new();
                story.handled(0);
                tell(&mut story);
                story.handled(2);
                commit(&mut story, 3);
                let violation = watermark(story.entries()).unwrap_err();
                assert_eq!((violation.partition, violation.offsets), (Some(orders()), Some(1..2)));
            }
        }
    }

    #[test]
    fn a_commit_beyond_the_last_record_is_found() {
        for commit in [Story::asked as fn(&mut Story, i64), Story::committed] {
            let mut story = Story::new();
            story.handled(0);
            commit(&mut story, 2);
            assert_eq!(watermark(story.entries()).unwrap_err().offsets, Some(1..2));
        }
    }

    #[test]
    fn what_another_assignment_has_done_counts_for_the_group_only() {
        let mut story = Story::new();
        let running = story.started(0);
        story.assign_anew();
        story.delivered(0);
        story.finished(running, Outcome::Done);
        story.committed(1);
        assert_eq!(watermark(story.entries()), Ok(()));
        story.asked(1);
        assert_eq!(watermark(story.entries()).unwrap_err().offsets, Some(0..1));
    }
}
