//! The list of what happened.

use std::{
    collections::HashSet,
    fmt,
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
    tell: Option<Tell>,
}

/// Whoever is told of each entry.
struct Tell(Box<dyn Fn(&Entry) + Send + Sync>);

impl fmt::Debug for Tell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tell")
    }
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
        Self::begin(None)
    }

    /// Begins with nothing, and tells each entry as it is noted, in order: to another process, which then knows of this one
    /// what happened up to its end, whatever that is.
    ///
    /// `tell` is called under the lock, and must not come back to this history.
    pub fn telling(tell: impl Fn(&Entry) + Send + Sync + 'static) -> Self {
        Self::begin(Some(Tell(Box::new(tell))))
    }

    fn begin(tell: Option<Tell>) -> Self {
        let (list, handlings) = (Mutex::default(), AtomicU64::new(0));
        Self(Arc::new(Inner { began: Instant::now(), list, handlings, tell }))
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
        let entry = Entry { at, member: Arc::clone(member), what };
        if let Some(Tell(tell)) = &self.0.tell {
            tell(&entry);
        }
        list.entries.push(entry);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_entry_is_told_in_order() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let to = Arc::clone(&told);
        let history = History::telling(move |entry| to.lock().unwrap().push(format!("{:?}", entry.what)));
        history.member("a").note(Happened::Opened);
        history.member("b").note(Happened::Ended);
        assert_eq!(*told.lock().unwrap(), ["Opened", "Ended"]);
        assert_eq!(history.entries().len(), 2);
    }
}
