//! I9: no task is parked while its queue is non-empty.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use klamm_core::TopicPartition;

use super::{Invariant, Violation};
use crate::history::{Entry, Happened, Outcome};

/// Checks that while the cluster [holds](Happened::Stands) records that were not handled, and no handler runs, something
/// happens to the members within `bound`.
///
/// A commit asked for and refused is no progress. The bound covers what the group needs to move partitions.
///
/// # Errors
///
/// The first record that waited for longer.
pub fn progress(entries: &[Entry], bound: Duration) -> Result<(), Violation> {
    let mut waiting = BTreeMap::<&TopicPartition, (i64, BTreeSet<i64>)>::new();
    let (mut running, mut since) = (0_usize, None::<Duration>);
    for entry in entries {
        let waits = waiting.iter().find_map(|(partition, (_, offsets))| Some((partition, offsets.first()?)));
        match (waits, since) {
            (Some((partition, offset)), Some(since))
                if running == 0 && entry.at.saturating_sub(since) > bound =>
            {
                let what = format!("waits, and nothing happened for {:?}", entry.at.saturating_sub(since));
                return Err(Violation::new(Invariant::I9, what).at(partition, *offset));
            }
            _ => {}
        }
        match &entry.what {
            Happened::Stands { partition, end } => {
                if waits.is_none() {
                    since = Some(entry.at);
                }
                let (known, offsets) = waiting.entry(partition).or_default();
                offsets.extend(*known..*end);
                *known = (*known).max(*end);
                continue;
            }
            Happened::Started { .. } => running += 1,
            Happened::Finished { record, outcome, .. } => {
                running = running.saturating_sub(1);
                if let (Outcome::Done, Some((_, offsets))) = (outcome, waiting.get_mut(&record.partition)) {
                    offsets.remove(&record.offset);
                }
            }
            Happened::Delivered(_)
            | Happened::Opened
            | Happened::Assigned(_)
            | Happened::Revoked { .. }
            | Happened::Released { .. }
            | Happened::Lost { .. } => {}
            _ => continue,
        }
        since = Some(entry.at);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::story::{Story, orders};

    const BOUND: Duration = Duration::from_millis(100);

    #[test]
    fn a_long_handler_and_an_empty_log_are_no_standstill() {
        let mut story = Story::new();
        story.pass(1_000);
        story.stands(1);
        story.pass(90);
        let running = story.started(0);
        story.pass(1_000);
        story.finished(running, Outcome::Done);
        story.pass(1_000);
        story.stands(2);
        story.pass(90);
        story.handled(1);
        assert_eq!(progress(story.entries(), BOUND), Ok(()));
    }

    #[test]
    fn a_record_that_waits_with_nothing_happening_is_found() {
        let mut story = Story::new();
        story.stands(2);
        story.handled(0);
        story.pass(60);
        story.asked(1);
        story.pass(60);
        story.handled(1);
        assert_eq!(
            progress(story.entries(), BOUND),
            Err(Violation::new(Invariant::I9, "waits, and nothing happened for 120ms").at(&orders(), 1))
        );
    }
}
