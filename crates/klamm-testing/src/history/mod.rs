//! What happened to the members of a group, in the order in which it happened.
//!
//! A pipeline is watched at two places: its source is wrapped by [`Member::watch`], its handler by [`Member::handling`]. What
//! the cluster says is noted beside it. [`check`](crate::check) holds the invariants against the whole.
//!
//! ```
//! use klamm_core::{OwnedMessage, TopicPartition};
//! use klamm_testing::{check, history::{History, Outcome}};
//!
//! let history = History::new();
//! history.note_end(&TopicPartition::new("orders", 0), 2);
//! let member = history.member("a");
//! let message = |offset| OwnedMessage::builder("orders").offset(offset).build();
//! member.start(&message(0)).finish(Outcome::Done);
//! member.start(&message(1)).finish(Outcome::Failed);
//!
//! let violation = check::at_least_once(&history.entries()).unwrap_err();
//! assert_eq!(violation.to_string(), "I1: orders[0]@1..2: never handled with success");
//! ```
//!
//! A pipeline is watched so: `member.watch(consumer).records().process(async |message| member.handling(message, …).await)`.

mod entry;

mod handling;
mod polls;
mod watched;

pub use entry::{Entry, Happened, Outcome, Record};
pub use handling::Handling;
pub use polls::Polls;
pub use watched::{Watched, WatchedAnswer, WatchedFeed};

use std::{
    future::Future,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use klamm_core::TopicPartition;

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
    entries: Mutex<Vec<Entry>>,
    /// How many handlers were started.
    handlings: AtomicU64,
}

impl History {
    /// Begins with nothing.
    pub fn new() -> Self {
        let (entries, handlings) = (Mutex::default(), AtomicU64::new(0));
        Self(Arc::new(Inner { began: Instant::now(), entries, handlings }))
    }

    /// Names a member: one consumer, from its start to its end. One that takes its place has a name of its own.
    pub fn member(&self, name: impl Into<Arc<str>>) -> Member {
        Member { history: self.clone(), name: name.into() }
    }

    /// Returns everything that was noted so far, in order.
    pub fn entries(&self) -> Vec<Entry> {
        self.lock().clone()
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

    /// Tells how many records were handled with success, each counted once.
    pub fn handled(&self) -> usize {
        let entries = self.lock();
        let done = entries.iter().filter_map(|entry| match &entry.what {
            Happened::Finished { record, outcome: Outcome::Done, .. } => {
                Some((&record.partition, record.offset))
            }
            _ => None,
        });
        done.collect::<std::collections::HashSet<_>>().len()
    }

    fn note(&self, member: &Arc<str>, what: Happened) {
        let mut entries = self.lock();
        // Under the lock, so that the times are in order too.
        let at = self.0.began.elapsed();
        entries.push(Entry { at, member: Arc::clone(member), what });
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.0.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for History {
    fn default() -> Self {
        Self::new()
    }
}

/// One member of a group, as it notes what happens to it. Clones are the same member.
#[derive(Clone, Debug)]
pub struct Member {
    history: History,
    name: Arc<str>,
}

impl Member {
    /// Returns its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Notes what nothing else notes, such as the commits of a source that is not [watched](Self::watch).
    pub fn note(&self, what: Happened) {
        self.history.note(&self.name, what);
    }

    /// Awaits a shutdown that must be over within `deadline`, and notes how long it took.
    ///
    /// # Cancel safety
    ///
    /// As of `shutdown`; one that is dropped counts as never over.
    pub async fn closing<T>(&self, deadline: Duration, shutdown: impl Future<Output = T>) -> T {
        self.note(Happened::Closing { deadline });
        let output = shutdown.await;
        self.note(Happened::Closed);
        output
    }

    fn since_began(&self, at: Instant) -> Duration {
        at.saturating_duration_since(self.history.0.began)
    }

    fn next_handling(&self) -> u64 {
        self.history.0.handlings.fetch_add(1, Ordering::Relaxed)
    }
}
