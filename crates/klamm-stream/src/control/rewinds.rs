//! Partitions that are to be delivered again from a position on, until librdkafka has taken that.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use klamm_core::{Epoch, Position, Start};

use crate::{partition::Phase, shared::Shared};

/// How long after a refusal it is tried again.
const AGAIN: Duration = Duration::from_millis(500);

/// Partitions that are to be delivered again from a position on. Each stands still until that is done.
#[derive(Default)]
pub(super) struct Rewinds {
    asked: HashMap<Epoch, Position>,
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

    /// Forgets a partition that was moved elsewhere.
    pub(super) fn forget(&mut self, epoch: Epoch) {
        self.asked.remove(&epoch);
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
