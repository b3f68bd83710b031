//! One partition during one assignment.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicI64, AtomicU8, Ordering},
};

use klamm_core::{
    Epoch, Error, Position, TopicPartition,
    native::{Batch, Client, PartitionQueue},
};

use parking_lot::{Mutex, MutexGuard};

use super::{edge::Edge, handed::Handed, reading::Reading, taking::Taking};
use crate::wake::{Hub, Slot};

/// How far an assignment has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Phase {
    /// Messages are delivered and commits accepted.
    Active = 0,
    /// Nothing more is delivered; what was delivered may still be committed.
    Draining = 1,
    /// It is over.
    Closed = 2,
}

/// Who holds the delivery of a partition back. It goes on once nobody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Pause {
    /// The user, until a resume.
    User = 1,
    /// The pipeline that reads it, until it serves it again or is gone.
    Pipeline = 2,
    /// The control thread, until the group has said from where on it is read.
    Beginning = 4,
}

/// One partition during one assignment.
pub(crate) struct Partition {
    pub(crate) name: TopicPartition,
    pub(crate) epoch: Epoch,
    pub(crate) slot: Arc<Slot>,
    phase: AtomicU8,
    /// Nothing is delivered until the control thread has set where to go on.
    is_suspended: AtomicBool,
    /// Who holds delivery back, a bit each.
    pauses: AtomicU8,
    /// An error was taken, or the log was truncated, and librdkafka's position is to be set.
    pub(super) has_gone_astray: AtomicBool,
    /// The highest committed offset, or -1.
    pub(super) committed: AtomicI64,
    /// Held while the queue is looked into. Readers only try; whoever held it otherwise raises the slot.
    pub(super) taking: Mutex<Taking>,
    handed: Mutex<Handed>,
    /// An empty batch, for the next that is given back.
    pub(super) spare: Mutex<Option<Batch>>,
    /// The stream of this partition alone, if there is one.
    pub(crate) reading: Reading,
}

impl Partition {
    /// Splits the partition's queue off, before the partition is assigned.
    pub(crate) fn new(
        client: &Client,
        hub: &Arc<Hub>,
        name: TopicPartition,
        epoch: Epoch,
    ) -> Result<Self, Error> {
        let slot = Arc::new(Slot::new());
        let edge = Edge { hub: Arc::clone(hub), index: epoch.slot(), slot: Arc::clone(&slot) };
        let queue = PartitionQueue::split(client, name.clone(), Arc::new(edge))?;
        let left = client.position(&name);
        Ok(Self {
            name,
            epoch,
            slot,
            phase: AtomicU8::new(Phase::Active as u8),
            is_suspended: AtomicBool::new(false),
            pauses: AtomicU8::new(0),
            has_gone_astray: AtomicBool::new(false),
            committed: AtomicI64::new(-1),
            taking: Mutex::new(Taking::new(queue, left)),
            handed: Mutex::new(Handed::new()),
            spare: Mutex::default(),
            reading: Reading::default(),
        })
    }

    pub(crate) fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Acquire) {
            0 => Phase::Active,
            1 => Phase::Draining,
            _ => Phase::Closed,
        }
    }

    /// Tells whether messages are to be delivered.
    pub(super) fn delivers(&self) -> bool {
        self.is_open() && !self.is_paused()
    }

    /// Tells whether what is taken will be delivered, now or after a pause.
    pub(super) fn is_open(&self) -> bool {
        self.phase() == Phase::Active && !self.is_suspended()
    }

    /// Tells whether it is to be read on elsewhere, as soon as the control thread has seen to that.
    pub(super) fn is_suspended(&self) -> bool {
        self.is_suspended.load(Ordering::Acquire)
    }

    /// Stops delivery until the partition was sought: a reader must not go on beyond what is to be delivered again.
    pub(crate) fn suspend(&self) {
        self.is_suspended.store(true, Ordering::Release);
        self.outdate();
    }

    pub(super) fn unsuspend(&self) {
        self.is_suspended.store(false, Ordering::Release);
    }

    /// Tells whether anybody holds delivery back.
    pub(super) fn is_paused(&self) -> bool {
        self.pauses.load(Ordering::Acquire) != 0
    }

    /// Tells whether one of those who may holds delivery back.
    pub(crate) fn is_paused_by(&self, who: Pause) -> bool {
        self.pauses.load(Ordering::Acquire) & who as u8 != 0
    }

    /// Holds delivery back without outdating anything: what was taken is delivered after [`resume`](Self::resume).
    pub(crate) fn pause(&self, who: Pause) {
        let handed = self.handed();
        self.pauses.fetch_or(who as u8, Ordering::AcqRel);
        handed.pause(true);
    }

    /// Lets delivery go on, unless another holds it back.
    pub(crate) fn resume(&self, hub: &Hub, who: Pause) {
        {
            let handed = self.handed();
            if self.pauses.fetch_and(!(who as u8), Ordering::AcqRel) & !(who as u8) != 0 {
                return;
            }
            handed.pause(false);
        }
        hub.raise(self.epoch.slot(), &self.slot);
    }

    /// Stops delivery: what was taken and not delivered is outdated, and librdkafka's queue is left alone.
    pub(crate) fn drain(&self) {
        self.phase.fetch_max(Phase::Draining as u8, Ordering::AcqRel);
        self.outdate();
    }

    /// Ends the epoch: from here on no commit of it is accepted.
    pub(crate) fn close(&self) {
        self.phase.store(Phase::Closed as u8, Ordering::Release);
        self.outdate();
    }

    /// Outdates what was taken and not delivered.
    pub(super) fn outdate(&self) {
        let left = self.handed().outdate();
        drop(left);
    }

    /// Returns where the partition is read next, or nothing before anything was taken.
    ///
    /// With several readers that is the lowest of what each has yet to deliver.
    pub(crate) fn position(&self) -> Option<Position> {
        let next = self.handed().next();
        (next >= 0).then(|| Position::at(next))
    }

    pub(crate) fn committed(&self) -> i64 {
        self.committed.load(Ordering::Acquire)
    }

    pub(crate) fn set_committed(&self, offset: i64) {
        self.committed.fetch_max(offset, Ordering::AcqRel);
    }

    pub(super) fn handed(&self) -> MutexGuard<'_, Handed> {
        self.handed.lock()
    }

    pub(super) fn taking(&self) -> MutexGuard<'_, Taking> {
        self.taking.lock()
    }
}
