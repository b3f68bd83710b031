//! I6: a clean rolling restart delivers nothing twice.

use std::collections::{HashMap, HashSet};

use klamm_core::{TopicPartition, contract::CommitResult};

use super::{Invariant, Violation};
use crate::history::{Entry, Happened};

/// Checks that no handler was started twice for the same record: what holds as long as nothing fails and nobody vanishes.
///
/// # Errors
///
/// The record that was handled again.
pub fn repeats_nothing(entries: &[Entry]) -> Result<(), Violation> {
    let mut seen = HashSet::new();
    for entry in entries {
        if let Happened::Started { record, .. } = &entry.what {
            if !seen.insert((&record.partition, record.offset)) {
                let what = format!("started again, by {}", entry.member);
                return Err(Violation::new(Invariant::I6, what).at(&record.partition, record.offset));
            }
        }
    }
    Ok(())
}

/// Checks that no handler was started for a record below what the group had taken as committed, or the cluster said was: what
/// holds whatever fails.
///
/// # Errors
///
/// The record that was handled again.
pub fn repeats_nothing_committed(entries: &[Entry]) -> Result<(), Violation> {
    let (mut partitions, mut committed) = (HashMap::new(), HashMap::<&TopicPartition, i64>::new());
    for entry in entries {
        match &entry.what {
            Happened::Delivered(record) => {
                partitions.insert(record.epoch, &record.partition);
            }
            Happened::Answered(answers) => {
                for (epoch, result) in answers {
                    let (CommitResult::Committed(position), Some(partition)) =
                        (result, partitions.get(epoch))
                    else {
                        continue;
                    };
                    let known = committed.entry(partition).or_insert(0);
                    *known = (*known).max(position.offset());
                }
            }
            Happened::Committed { partition, offset: Some(offset) } => {
                let known = committed.entry(partition).or_insert(0);
                *known = (*known).max(*offset);
            }
            Happened::Started { record, .. } => {
                partitions.insert(record.epoch, &record.partition);
                let committed = committed.get(&record.partition).copied().unwrap_or(0);
                if record.offset < committed {
                    let what = format!("started by {} although {committed} is committed", entry.member);
                    return Err(Violation::new(Invariant::I6, what).at(&record.partition, record.offset));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::story::{Story, orders};

    #[test]
    fn each_record_once_is_in_order() {
        let mut story = Story::new();
        story.handled(0);
        story.answered(1);
        story.switch("b");
        story.assign_anew();
        story.handled(1);
        assert_eq!(repeats_nothing(story.entries()), Ok(()));
        assert_eq!(repeats_nothing_committed(story.entries()), Ok(()));
    }

    #[test]
    fn a_record_that_comes_again_is_found() {
        let mut story = Story::new();
        story.handled(0);
        story.handled(1);
        story.answered(1);
        story.switch("b");
        story.assign_anew();
        story.handled(1);
        let violation = repeats_nothing(story.entries()).unwrap_err();
        assert_eq!((violation.partition, violation.offsets), (Some(orders()), Some(1..2)));
        assert_eq!(repeats_nothing_committed(story.entries()), Ok(()));
        story.handled(0);
        assert_eq!(repeats_nothing_committed(story.entries()).unwrap_err().offsets, Some(0..1));
    }

    #[test]
    fn what_the_cluster_said_is_committed_does_not_come_again() {
        let mut story = Story::new();
        story.handled(0);
        story.handled(1);
        story.committed(1);
        story.switch("b");
        story.assign_anew();
        story.handled(1);
        assert_eq!(repeats_nothing_committed(story.entries()), Ok(()));
        story.handled(0);
        assert_eq!(repeats_nothing_committed(story.entries()).unwrap_err().offsets, Some(0..1));
    }
}
