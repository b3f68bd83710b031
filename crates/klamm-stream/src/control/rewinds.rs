//! Partitions that are to be delivered again from a position on, until librdkafka has taken that.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};

use klamm_core::{Epoch, Position, Start};

use super::{Request, asking::ask_committed};
use crate::{partition::Phase, shared::Shared};

/// How long after a refusal it is tried again.
const AGAIN: Duration = Duration::from_millis(500);

/// Partitions that are to be delivered again from a position on. Each stands still until that is done.
#[derive(Default)]
pub(super) struct Rewinds {
    asked: HashMap<Epoch, Position>,
    /// Those of which the group is asked from where on.
    finding: HashSet<Epoch>,
    /// Not before this.
    not_before: Option<Instant>,
}

impl Rewinds {
    pub(super) fn ask(&mut self, epoch: Epoch, position: Position) {
        let lowest = self.asked.entry(epoch).or_insert(position);
        if position.offset() < lowest.offset() {
            *lowest = position;
        }
        self.not_before = None;
    }

    /// Asks the group whether `sent` is committed: from there, or else from the other
    /// position on, a partition is to be delivered again. It stands still meanwhile.
    pub(super) fn find(&mut self, shared: &Arc<Shared>, epoch: Epoch, position: Position, sent: Position) {
        let Some(partition) = shared.table.of(epoch) else { return };
        self.finding.retain(|other| shared.table.of(*other).is_some());
        self.finding.insert(epoch);
        ask_committed(shared, vec![partition], move |it, committed| {
            let is_sent = committed.is_some_and(|committed| committed.offset() == sent.offset());
            Request::Found(it.epoch, if is_sent { sent } else { position })
        });
    }

    /// Notes from where on a partition is to be delivered again, unless it was moved elsewhere since the group was asked.
    pub(super) fn found(&mut self, epoch: Epoch, position: Position) {
        if self.finding.remove(&epoch) {
            self.ask(epoch, position);
        }
    }

    /// Forgets a partition that was moved elsewhere.
    pub(super) fn forget(&mut self, epoch: Epoch) {
        self.asked.remove(&epoch);
        self.finding.remove(&epoch);
    }

    /// Does what is asked. What is refused is tried again later, what is over is forgotten.
    pub(super) fn pump(&mut self, shared: &Shared, now: Instant) {
        if self.asked.is_empty() || self.not_before.is_some_and(|at| now < at) {
            return;
        }
        self.asked.retain(|epoch, position| {
            let partition = shared.table.of(*epoch).filter(|partition| partition.phase() == Phase::Active);
            let Some(partition) = partition else { return false };
            match partition.seek(&shared.hub, &shared.client, Start::Offset(position.offset())) {
                Ok(()) => false,
                Err(error) => {
                    tracing::warn!(target: "klamm", partition = %partition.name, %error, "a rewind is tried again");
                    true
                }
            }
        });
        self.not_before = (!self.asked.is_empty()).then(|| now + AGAIN);
    }

    /// Returns when it is tried again.
    pub(super) fn next(&self) -> Option<Instant> {
        self.not_before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_comes_after_the_partition_was_moved_moves_it_no_more() {
        let epoch = Epoch::next(0);
        let mut rewinds = Rewinds::default();
        rewinds.finding.insert(epoch);
        rewinds.forget(epoch);
        rewinds.found(epoch, Position::at(7));
        assert!(rewinds.asked.is_empty());
        rewinds.finding.insert(epoch);
        rewinds.found(epoch, Position::at(7));
        assert_eq!(rewinds.asked[&epoch], Position::at(7));
    }
}
