//! What other threads ask of the control thread.

use std::{
    collections::VecDeque,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use futures_channel::oneshot;
use klamm_core::{
    Epoch, Error, GroupMetadata, Position, Start, TopicPartition, TopicPartitionList, contract::CommitAnswer,
    native::Interrupt,
};

use crate::consumer::CloseReport;

/// Where an answer goes.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, Error>>;

/// What other threads ask of the control thread.
pub(crate) enum Request {
    /// Commit these positions; beyond the deadline the caller no longer waits.
    Commit {
        positions: Vec<(Epoch, Position)>,
        reply: oneshot::Sender<CommitAnswer>,
        deadline: Option<Instant>,
    },
    /// A token was dropped: the drain with this number need not wait for the pipeline any more.
    Released(u64),
    /// Deliver again from a position on.
    Rewind(Epoch, Position),
    /// Deliver again from the first position on, or if the group has committed the second from there.
    RewindUnless(Epoch, Position, Position),
    /// From where on a partition is to be delivered again, for which the group had to be asked.
    Found(Epoch, Position),
    /// What is assigned waits until the group has said from where on it is read, now and later.
    ExpectTransactions,
    /// The group has said from where on a partition is read, or that it has committed nothing.
    BeginAt(Epoch, Option<Position>),
    /// Put librdkafka's position right after a damaged batch, or after the log has gone back.
    Repair(Epoch),
    /// Read these topics from now on.
    Subscribe { topics: Vec<String>, reply: Reply<()> },
    /// Drain, commit, and read nothing any more.
    Unsubscribe { reply: Reply<()> },
    /// Read partitions from elsewhere.
    Seek { starts: Vec<(TopicPartition, Start)>, reply: Reply<()> },
    /// Who this member is to its group.
    GroupMetadata { reply: Reply<GroupMetadata> },
    /// The partitions that were to be found out, without a group to assign them; or why they are not known.
    Located(Result<TopicPartitionList, Error>),
    /// Drain, commit, leave the group, and report.
    Close { deadline: Instant, reply: oneshot::Sender<CloseReport> },
    /// The last handle is gone: leave soon.
    Abandon,
}

/// The way to the control thread.
pub(crate) struct Requests {
    waiting: Mutex<VecDeque<Request>>,
    interrupt: Interrupt,
    /// Set when nobody reads any more: what is sent then is dropped, and its sender learns of that.
    is_over: AtomicBool,
}

impl Requests {
    pub(crate) fn new(interrupt: Interrupt) -> Self {
        Self { waiting: Mutex::default(), interrupt, is_over: AtomicBool::new(false) }
    }

    /// Sends a request. It does not wait.
    pub(crate) fn send(&self, request: Request) {
        {
            let mut waiting = self.lock();
            if self.is_over() {
                // Dropped outside of the lock: a reply that is dropped wakes its receiver.
                drop(waiting);
                drop(request);
                return;
            }
            waiting.push_back(request);
        }
        self.interrupt();
    }

    /// Has the control thread look at what is due.
    pub(crate) fn interrupt(&self) {
        self.interrupt.interrupt();
    }

    /// Tells whether nobody reads any more.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Acquire)
    }

    pub(super) fn take(&self) -> Option<Request> {
        self.lock().pop_front()
    }

    /// Takes nothing more; what waits is dropped, and its senders learn of that.
    pub(super) fn end(&self) {
        let left = {
            let mut waiting = self.lock();
            self.is_over.store(true, Ordering::Release);
            std::mem::take(&mut *waiting)
        };
        drop(left);
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Request>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
