//! Whether every partition that has messages is read.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use klamm_core::{Epoch, Position, TopicPartition};

use crate::{
    ConsumerEvent,
    partition::{Pause, Phase},
    shared::Shared,
};

/// How often it is looked within the time after which a partition counts as stalled.
const LOOKS: u32 = 4;
/// A shorter time tells nothing.
const SHORTEST: Duration = Duration::from_millis(100);

/// A partition that has messages, and of which nobody has taken one for too long.
///
/// A handler that never returns shows like this: librdkafka does not miss its polls, since the control thread goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stalled {
    /// The partition.
    pub partition: TopicPartition,
    /// Where it is read next, or nothing if nothing of it was taken.
    pub position: Option<Position>,
    /// How long nothing has moved; exact to a quarter of the time that was set.
    pub since: Duration,
}

/// Looks after partitions that have messages and are not read.
pub(crate) struct StallWatch {
    after: Duration,
    /// Nothing if it is too far away to be told from never.
    next: Option<Instant>,
    seen: HashMap<Epoch, Seen>,
}

/// How a partition stood when it last moved.
struct Seen {
    position: Option<Position>,
    since: Instant,
    is_reported: bool,
}

impl StallWatch {
    pub(crate) fn new(after: Duration, now: Instant) -> Self {
        let after = after.max(SHORTEST);
        Self { after, next: now.checked_add(after / LOOKS), seen: HashMap::new() }
    }

    /// Returns when it looks next.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.next
    }

    /// Looks, if it is time, and reports what has stood still for too long: once, until it moves.
    pub(crate) fn look(&mut self, shared: &Shared, now: Instant) {
        if self.next.is_none_or(|next| now < next) {
            return;
        }
        self.next = now.checked_add(self.after / LOOKS);
        let partitions = shared.table.all();
        self.seen.retain(|epoch, _| partitions.iter().any(|it| it.epoch == *epoch));
        for partition in partitions {
            let waits = partition.phase() == Phase::Active
                && !partition.is_paused_by(Pause::User)
                && partition.has_backlog(&shared.hub);
            if !waits {
                self.seen.remove(&partition.epoch);
                continue;
            }
            let position = partition.position();
            let seen =
                self.seen.entry(partition.epoch).or_insert(Seen { position, since: now, is_reported: false });
            if seen.position != position {
                *seen = Seen { position, since: now, is_reported: false };
            }
            let since = now - seen.since;
            if since >= self.after && !std::mem::replace(&mut seen.is_reported, true) {
                tracing::warn!(
                    target: "klamm",
                    partition = %partition.name,
                    position = position.map(Position::offset),
                    seconds = since.as_secs(),
                    "a partition has messages, and nobody takes any"
                );
                let stalled = || Stalled { partition: partition.name.clone(), position, since };
                shared.events.tell(|| ConsumerEvent::Stalled(stalled()));
            }
        }
    }
}
