//! I5: per key (per partition) handlers do not overlap, and run in offset order within an epoch.

use std::collections::HashMap;

use klamm_core::Epoch;

use super::{Invariant, Violation};
use crate::history::{Entry, Happened, Record};

/// What is handled one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lane {
    /// Everything of a member. The order is that of each partition.
    Member,
    /// Everything of a partition.
    Partition,
    /// Everything of a partition that has the same key; what has none keeps no order.
    Key,
}

/// A lane: its member or its assignment, and its key.
type Name<'e> = (&'e str, Epoch, Option<&'e [u8]>);

impl Lane {
    /// Returns within what a record may not overlap, and within what it keeps the order.
    fn names<'e>(self, entry: &'e Entry, record: &'e Record) -> Option<(Name<'e>, Name<'e>)> {
        let member = &*entry.member;
        let partition = (member, record.epoch, None);
        match self {
            Self::Member => Some(((member, Epoch::NONE, None), partition)),
            Self::Partition => Some((partition, partition)),
            Self::Key => {
                let key = (member, record.epoch, Some(record.key.as_deref()?));
                Some((key, key))
            }
        }
    }
}

/// Checks that handlers of a lane do not overlap, and are started in the order of offsets. What was given back
/// ([`Happened::Rewound`]) is started again.
///
/// # Errors
///
/// The record whose handler was started too early or too late.
pub fn lanes(entries: &[Entry], lane: Lane) -> Result<(), Violation> {
    let (mut running, mut last) = (HashMap::<Name<'_>, (u64, i64)>::new(), HashMap::<Name<'_>, i64>::new());
    for entry in entries {
        match &entry.what {
            Happened::Started { number, record } => {
                let Some((alone, ordered)) = lane.names(entry, record) else { continue };
                let violation = |what: String| {
                    Err(Violation::new(Invariant::I5, what).at(&record.partition, record.offset))
                };
                if let Some((_, other)) = running.insert(alone, (*number, record.offset)) {
                    return violation(format!("started by {} while {other} runs", entry.member));
                }
                if let Some(before) = last.insert(ordered, record.offset) {
                    if before >= record.offset {
                        return violation(format!("started by {} after {before}", entry.member));
                    }
                }
            }
            Happened::Finished { number, record, .. } => {
                let Some((alone, _)) = lane.names(entry, record) else { continue };
                if running.get(&alone).is_some_and(|(other, _)| other == number) {
                    running.remove(&alone);
                }
            }
            Happened::Rewound { epoch, offset } => {
                let of_epoch = last.iter_mut().filter(|((_, of, _), _)| of == epoch);
                of_epoch.for_each(|(_, before)| *before = (*before).min(offset - 1));
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{check::story::Story, history::Outcome};

    const ALL: [Lane; 3] = [Lane::Member, Lane::Partition, Lane::Key];

    #[test]
    fn one_after_the_other_is_in_order_and_what_was_given_back_comes_again() {
        let mut story = Story::new();
        for offset in [0, 1, 5] {
            let running = story.started_keyed(offset, Some("k"));
            story.finished(running, Outcome::Done);
        }
        story.add(Happened::Rewound { epoch: story.epoch, offset: 1 });
        let running = story.started_keyed(1, Some("k"));
        story.finished(running, Outcome::Done);
        for lane in ALL {
            assert_eq!(lanes(story.entries(), lane), Ok(()));
        }
    }

    #[test]
    fn handlers_that_overlap_are_found() {
        for (keys, wrong) in [(["k", "k"], &ALL[..]), (["k", "l"], &ALL[..2])] {
            let mut story = Story::new();
            for (offset, key) in (0..).zip(keys) {
                story.started_keyed(offset, Some(key));
            }
            for lane in ALL {
                let found = lanes(story.entries(), lane);
                assert_eq!(found.is_err(), wrong.contains(&lane), "{lane:?} {keys:?}: {found:?}");
            }
        }
    }

    #[test]
    fn handlers_out_of_order_are_found() {
        let mut story = Story::new();
        for offset in [1, 0] {
            let running = story.started_keyed(offset, Some("k"));
            story.finished(running, Outcome::Done);
        }
        for lane in ALL {
            assert_eq!(lanes(story.entries(), lane).unwrap_err().offsets, Some(0..1));
        }
    }

    #[test]
    fn what_has_no_key_keeps_no_order_among_keys() {
        let mut story = Story::new();
        for offset in [1, 0] {
            story.started(offset);
        }
        assert_eq!(lanes(story.entries(), Lane::Key), Ok(()));
    }
}
