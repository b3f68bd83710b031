//! Who read what, in which order.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use klamm_core::Message;

/// Offsets by partition.
pub(crate) type Offsets = HashMap<i32, i64>;

/// What the members of a group have read. Clones are the same account.
#[derive(Clone, Debug, Default)]
pub(crate) struct Account(Arc<Mutex<Entries>>);

#[derive(Debug, Default)]
struct Entries {
    seen: HashMap<i32, BTreeSet<i64>>,
    repeated: usize,
    /// The last offset of each assignment of a partition.
    last: HashMap<String, i64>,
    disorder: Vec<String>,
    errors: Vec<String>,
}

impl Account {
    pub(crate) fn add<M: Message>(&self, message: &M) {
        let assignment = format!("{:?} {}", message.epoch(), message.partition());
        self.enter(message.partition(), message.offset(), &assignment);
    }

    /// Enters a message that was read under an assignment, which no other member's may be named like.
    pub(crate) fn enter(&self, partition: i32, offset: i64, assignment: &str) {
        let mut entries = self.lock();
        let is_new = entries.seen.entry(partition).or_default().insert(offset);
        entries.repeated += usize::from(!is_new);
        let before = entries.last.insert(assignment.to_owned(), offset);
        // Nothing else is in the log than what was written: no gap is in order.
        if let Some(before) = before.filter(|before| before + 1 != offset) {
            entries.disorder.push(format!("{assignment}: {offset} after {before}"));
        }
    }

    pub(crate) fn add_error(&self, error: &impl ToString) {
        self.lock().errors.push(error.to_string());
    }

    /// Tells whether everything below these offsets was read.
    pub(crate) fn has_reached(&self, ends: &Offsets) -> bool {
        let entries = self.lock();
        ends.iter().all(|(partition, end)| {
            let seen = entries.seen.get(partition).map_or(0, |seen| seen.range(..end).count());
            i64::try_from(seen).is_ok_and(|seen| seen == *end)
        })
    }

    /// Tells whether something was read of a partition.
    pub(crate) fn has_read(&self, partition: i32) -> bool {
        self.lock().seen.contains_key(&partition)
    }

    pub(crate) fn repeated(&self) -> usize {
        self.lock().repeated
    }

    pub(crate) fn errors(&self) -> Vec<String> {
        self.lock().errors.clone()
    }

    pub(crate) fn distinct_errors(&self) -> BTreeSet<String> {
        self.lock().errors.iter().cloned().collect()
    }

    /// Holds that all of it was read, in order within each assignment.
    pub(crate) fn check(&self, ends: &Offsets) {
        assert!(self.has_reached(ends), "not everything below {ends:?} was read");
        let disorder = self.lock().disorder.clone();
        assert!(disorder.is_empty(), "{disorder:?}");
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
