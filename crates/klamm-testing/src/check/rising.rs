//! I4: commits rise within an epoch.

use std::collections::HashMap;

use klamm_core::{Epoch, TopicPartition};

use super::{Invariant, Violation};
use crate::history::{Entry, Happened};

/// Checks that no commit of an assignment was asked for below an earlier one, and that what the cluster says is committed
/// never falls. It does not hold of a group whose offsets somebody resets.
///
/// # Errors
///
/// The offsets that were committed and then not.
pub fn rising(entries: &[Entry]) -> Result<(), Violation> {
    let (mut asked, mut committed) = (HashMap::<Epoch, i64>::new(), HashMap::<&TopicPartition, i64>::new());
    let mut partitions = HashMap::new();
    for entry in entries {
        match &entry.what {
            Happened::Delivered(record) | Happened::Started { record, .. } => {
                partitions.insert(record.epoch, &record.partition);
            }
            Happened::Asked(positions) => {
                for (epoch, position) in positions {
                    let before = asked.insert(*epoch, *position).unwrap_or(i64::MIN);
                    if before > *position {
                        let what = format!("{} asked to commit {position} after {before}", entry.member);
                        let violation = Violation::new(Invariant::I4, what);
                        return Err(match partitions.get(epoch) {
                            Some(partition) => violation.of(partition, *position..before),
                            None => violation,
                        });
                    }
                }
            }
            Happened::Committed { partition, offset } => {
                let before = committed.get(partition).copied().unwrap_or(i64::MIN);
                let now = offset.unwrap_or(i64::MIN);
                if before > now {
                    let violation = Violation::new(Invariant::I4, "committed before, and not any more");
                    return Err(violation.of(partition, now.max(0)..before));
                }
                committed.insert(partition, now);
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
    fn the_same_again_and_more_is_in_order() {
        let mut story = Story::new();
        (0..3).for_each(|offset| story.handled(offset));
        for offset in [1, 1, 3] {
            story.asked(offset);
        }
        for offset in [1, 3, 3] {
            story.committed(offset);
        }
        // Another assignment begins anew.
        story.assign_anew();
        story.handled(0);
        story.asked(1);
        assert_eq!(rising(story.entries()), Ok(()));
    }

    #[test]
    fn a_commit_that_falls_is_found() {
        for commit in [Story::asked as fn(&mut Story, i64), Story::committed] {
            let mut story = Story::new();
            (0..3).for_each(|offset| story.handled(offset));
            commit(&mut story, 3);
            commit(&mut story, 1);
            let violation = rising(story.entries()).unwrap_err();
            assert_eq!((violation.partition, violation.offsets), (Some(orders()), Some(1..3)));
        }
        let mut story = Story::new();
        story.committed(3);
        story.add(Happened::Committed { partition: orders(), offset: None });
        assert_eq!(rising(story.entries()).unwrap_err().offsets, Some(0..3));
    }
}
