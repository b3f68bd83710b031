//! Partitions that are being drained, and who is waited for.

use std::{
    sync::{Arc, Weak},
    time::Instant,
};

use klamm_core::{
    Epoch,
    contract::{Event, Lost, Revoked},
};

use super::{Request, commits::Commits};
use crate::{partition::Partition, shared::Shared};

/// Partitions that are being drained: nothing more of them is delivered, and what was delivered may be committed.
pub(super) struct Drain {
    number: u64,
    pub(super) partitions: Vec<Arc<Partition>>,
    pub(super) started: Instant,
    pub(super) deadline: Instant,
    /// The pipeline, if there is one, is done with them.
    is_released: bool,
}

impl Drain {
    /// Stops delivery, and asks the pipeline to finish. Without a pipeline the token comes back at once.
    pub(super) fn start(
        shared: &Arc<Shared>,
        number: u64,
        partitions: Vec<Arc<Partition>>,
        deadline: Instant,
    ) -> Self {
        for partition in &partitions {
            partition.drain();
        }
        let drain = Self { number, partitions, started: Instant::now(), deadline, is_released: false };
        // Weak: the token may wait in `Shared` itself, for a pipeline to look.
        let weak: Weak<Shared> = Arc::downgrade(shared);
        let release = move || {
            if let Some(shared) = weak.upgrade() {
                shared.requests.send(Request::Released(number));
            }
        };
        shared.feed.send(Event::Revoked(Revoked::new(drain.epochs(), deadline, release)));
        drain
    }

    pub(super) fn release(&mut self, number: u64) {
        self.is_released |= self.number == number;
    }

    /// Tells whether nobody is waited for any more, or for too long.
    pub(super) fn is_over(&self, commits: &Commits, now: Instant) -> bool {
        now >= self.deadline || self.is_released && commits.is_idle_for(&self.partitions)
    }

    /// Ends the epochs. Returns whether the pipeline was done in time; if not, they are lost to it.
    pub(super) fn end(&self, shared: &Shared) -> bool {
        for partition in &self.partitions {
            partition.close();
        }
        if !self.is_released {
            shared.feed.send(Event::Lost(Lost { epochs: self.epochs() }));
        }
        self.is_released
    }

    fn epochs(&self) -> Vec<Epoch> {
        self.partitions.iter().map(|partition| partition.epoch).collect()
    }
}
