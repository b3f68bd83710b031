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
use crate::{
    partition::{Partition, PartitionEnd},
    shared::Shared,
};

/// Partitions that are being drained: nothing more of them is delivered, and what was delivered may be committed.
pub(super) struct Drain {
    number: u64,
    pub(super) partitions: Vec<Arc<Partition>>,
    pub(super) started: Instant,
    pub(super) deadline: Instant,
    /// The pipeline, if there is one, is done with them.
    is_released: bool,
}

/// Dropped when nobody has a token of a drain any more.
struct Release {
    // Weak: the token may wait in `Shared` itself, for a pipeline to look.
    shared: Weak<Shared>,
    number: u64,
}

impl Drop for Release {
    fn drop(&mut self) {
        if let Some(shared) = self.shared.upgrade() {
            shared.requests.send(Request::Released(self.number));
        }
    }
}

impl Drain {
    /// Stops delivery, and asks the pipeline, and the streams of single partitions, to finish; `end` is what those are
    /// told. Without either the token comes back at once.
    pub(super) fn start(
        shared: &Arc<Shared>,
        number: u64,
        partitions: Vec<Arc<Partition>>,
        deadline: Instant,
        end: impl Fn(Revoked) -> PartitionEnd,
    ) -> Self {
        for partition in &partitions {
            partition.drain();
        }
        let drain = Self { number, partitions, started: Instant::now(), deadline, is_released: false };
        let release = Arc::new(Release { shared: Arc::downgrade(shared), number });
        let token = |epochs| {
            let release = Arc::clone(&release);
            Revoked::new(epochs, deadline, move || drop(release))
        };
        for partition in &drain.partitions {
            partition.reading.end(end(token(vec![partition.epoch])));
            partition.announce(&shared.hub);
        }
        shared.feed.send(Event::Revoked(token(drain.epochs())));
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
            if !self.is_released {
                partition.reading.end(PartitionEnd::Lost);
            }
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
