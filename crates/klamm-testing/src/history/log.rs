//! The list of what happened.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use klamm_core::TopicPartition;

use super::{Entry, Happened, Member, Outcome};

/// Who notes what the cluster says.
const CLUSTER: &str = "cluster";

/// What happened to the members of a group. Clones are the same history.
///
/// To note something takes a lock for as long as it takes to append to a list.
#[derive(Clone, Debug)]
pub struct History(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    began: Instant,
    list: Mutex<List>,
    /// How many handlers were started.
    handlings: AtomicU64,
}

#[derive(Debug, Default)]
struct List {
    entries: Vec<Entry>,
    /// What was handled with success.
    done: HashSet<(TopicPartition, i64)>,
}

impl History {
    /// Begins with nothing.
    pub fn new() -> Self {
        let (list, handlings) = (Mutex::default(), AtomicU64::new(0));
        Self(Arc::new(Inner { began: Instant::now(), list, handlings }))
    }

    /// Names a member: one consumer, from its start to its end. One that takes its place has a name of its own.
    pub fn member(&self, name: impl Into<Arc<str>>) -> Member {
        Member::new(self.clone(), name.into())
    }

    /// Returns everything that was noted so far, in order.
    pub fn entries(&self) -> Vec<Entry> {
        self.lock().entries.clone()
    }

    /// Notes that the log of a partition holds records below `end`.
    pub fn note_end(&self, partition: &TopicPartition, end: i64) {
        let partition = partition.clone();
        self.note(&CLUSTER.into(), Happened::Stands { partition, end });
    }

    /// Notes what the group has committed of a partition, as the cluster has just said.
    pub fn note_committed(&self, partition: &TopicPartition, offset: Option<i64>) {
        let partition = partition.clone();
        self.note(&CLUSTER.into(), Happened::Committed { partition, offset });
    }

    /// Tells how many records were handled with success, each counted once. It takes no longer the longer the history is.
    pub fn handled(&self) -> usize {
        self.lock().done.len()
    }

    pub(super) fn note(&self, member: &Arc<str>, what: Happened) {
        let mut list = self.lock();
        if let Happened::Finished { record, outcome: Outcome::Done, .. } = &what {
            list.done.insert((record.partition.clone(), record.offset));
        }
        // Under the lock, so that the times are in order too.
        let at = self.0.began.elapsed();
        list.entries.push(Entry { at, member: Arc::clone(member), what });
    }

    pub(super) fn since_began(&self, at: Instant) -> Duration {
        at.saturating_duration_since(self.0.began)
    }

    pub(super) fn next_handling(&self) -> u64 {
        self.0.handlings.fetch_add(1, Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, List> {
        self.0.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for History {
    fn default() -> Self {
        Self::new()
    }
}
