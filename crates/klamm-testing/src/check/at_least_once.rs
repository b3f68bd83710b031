//! I1: a message delivered and not settled is delivered again to someone.

use std::collections::{BTreeMap, BTreeSet};

use klamm_core::TopicPartition;

use super::{Invariant, Violation};
use crate::history::{Entry, Happened, Outcome};

/// Checks, of a history that is complete, that every record was handled with success: those that the cluster
/// [holds](Happened::Stands), and those that were delivered.
///
/// # Errors
///
/// The first records of a partition that were not.
pub fn at_least_once(entries: &[Entry]) -> Result<(), Violation> {
    let mut expected = BTreeMap::<&TopicPartition, BTreeSet<i64>>::new();
    let mut done = BTreeMap::<&TopicPartition, BTreeSet<i64>>::new();
    for entry in entries {
        match &entry.what {
            Happened::Stands { partition, end } => {
                expected.entry(partition).or_default().extend(0..*end);
            }
            Happened::Delivered(record) | Happened::Started { record, .. } => {
                expected.entry(&record.partition).or_default().insert(record.offset);
            }
            Happened::Finished { record, outcome: Outcome::Done, .. } => {
                done.entry(&record.partition).or_default().insert(record.offset);
            }
            _ => {}
        }
    }
    for (partition, offsets) in expected {
        let done = done.remove(partition).unwrap_or_default();
        let mut missing = offsets.difference(&done).copied();
        let Some(first) = missing.next() else { continue };
        // As far as they follow each other.
        let end = missing.zip(first + 1..).take_while(|(offset, next)| offset == next).count();
        let end = first + 1 + i64::try_from(end).unwrap_or(0);
        return Err(Violation::new(Invariant::I1, "never handled with success").of(partition, first..end));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::story::{Story, orders};

    #[test]
    fn every_record_that_stands_is_handled_by_someone() {
        let mut story = Story::new();
        story.stands(3);
        story.handled(0);
        story.failed(1);
        story.handled(1);
        assert_eq!(
            at_least_once(story.entries()),
            Err(Violation::new(Invariant::I1, "never handled with success").of(&orders(), 2..3))
        );
        story.handled(2);
        assert_eq!(at_least_once(story.entries()), Ok(()));
    }

    #[test]
    fn what_was_delivered_and_dropped_is_missed() {
        let mut story = Story::new();
        story.handled(0);
        for offset in [1, 2, 4] {
            story.delivered(offset);
        }
        assert_eq!(at_least_once(story.entries()).unwrap_err().offsets, Some(1..3));
    }
}
