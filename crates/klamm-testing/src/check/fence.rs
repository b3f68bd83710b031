//! I3: no commit for an epoch that is closed or lost.

use std::collections::HashMap;

use klamm_core::{Epoch, contract::CommitResult};

use super::{Invariant, Violation};
use crate::history::{Entry, Happened};

/// Checks that nobody asked to commit for an assignment after it had heard that it is lost, had let go of its revoke, or was
/// told by the group that it is another's.
///
/// # Errors
///
/// The first commit that was asked for.
pub fn fence(entries: &[Entry]) -> Result<(), Violation> {
    let (mut over, mut partitions) = (HashMap::<Epoch, &str>::new(), HashMap::new());
    for entry in entries {
        match &entry.what {
            Happened::Delivered(record) | Happened::Started { record, .. } => {
                partitions.insert(record.epoch, &record.partition);
            }
            Happened::Lost { epochs } => {
                over.extend(epochs.iter().map(|epoch| (*epoch, "was lost")));
            }
            Happened::Released { epochs } => {
                over.extend(epochs.iter().map(|epoch| (*epoch, "was given back")));
            }
            Happened::Answered(answers) => {
                let fenced = |result: &CommitResult| matches!(result, CommitResult::Fenced(_));
                let fenced = answers.iter().filter(|(_, result)| fenced(result));
                over.extend(fenced.map(|(epoch, _)| (*epoch, "is another's")));
            }
            Happened::Asked(asked) => {
                let late = asked.iter().find_map(|(epoch, at)| Some((epoch, at, over.get(epoch)?)));
                let Some((epoch, position, why)) = late else { continue };
                let what = format!("{} asked to commit for an assignment that {why}", entry.member);
                let violation = Violation::new(Invariant::I3, what);
                return Err(match partitions.get(epoch) {
                    Some(partition) => violation.at(partition, *position),
                    None => violation,
                });
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use klamm_core::ErrorCode;

    use super::*;
    use crate::check::story::{Story, orders};

    #[test]
    fn a_commit_while_a_revoke_is_held_is_in_order() {
        let mut story = Story::new();
        story.handled(0);
        story.revoked(100);
        story.asked(1);
        story.released();
        story.assign_anew();
        story.handled(1);
        story.asked(2);
        assert_eq!(fence(story.entries()), Ok(()));
    }

    #[test]
    fn a_commit_after_the_end_of_its_assignment_is_found() {
        let fenced = |story: &mut Story| {
            story.answer(CommitResult::Fenced(Some(ErrorCode::UNKNOWN_MEMBER_ID)));
        };
        for end in [Story::lost as fn(&mut Story), Story::released, fenced] {
            let mut story = Story::new();
            story.handled(0);
            end(&mut story);
            story.asked(1);
            let violation = fence(story.entries()).unwrap_err();
            assert_eq!((violation.partition, violation.offsets), (Some(orders()), Some(1..2)));
        }
    }
}
