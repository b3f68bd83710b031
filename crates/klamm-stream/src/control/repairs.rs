//! Partitions in which librdkafka has gone astray, until its position is right again.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use klamm_core::Epoch;

use crate::shared::Shared;

/// How long librdkafka is left alone with a batch that its own wanderings lead back to. They are over by then, mostly, and do
/// not overtake a seek.
const SETTLED_AFTER: Duration = Duration::from_millis(50);
/// After how long an answer is missed.
const AGAIN: Duration = Duration::from_millis(500);

/// Partitions in which librdkafka has gone astray, and when to do something about it.
#[derive(Default)]
pub(super) struct Repairs {
    due: HashMap<Epoch, Instant>,
}

impl Repairs {
    pub(super) fn ask(&mut self, shared: &Shared, epoch: Epoch, now: Instant) {
        let Some(partition) = shared.table.of(epoch) else { return };
        let is_led_back = partition.is_damaged_at_start(&shared.hub, &shared.client);
        let after = if is_led_back { SETTLED_AFTER } else { Duration::ZERO };
        self.due.insert(epoch, now + after);
    }

    /// Does what is due.
    pub(super) fn pump(&mut self, shared: &Shared, now: Instant) {
        self.due.retain(|epoch, due| {
            if now < *due {
                return true;
            }
            let Some(partition) = shared.table.of(*epoch) else { return false };
            *due = now + AGAIN;
            partition.repair(&shared.hub, &shared.client).unwrap_or_else(|error| {
                shared.post(error);
                false
            })
        });
    }

    /// Returns when something is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.due.values().min().copied()
    }
}
