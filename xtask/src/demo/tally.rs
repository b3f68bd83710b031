//! Who has seen what.

use std::{
    collections::HashMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU8, AtomicU64, Ordering},
    },
};

use klamm_core::TopicPartition;
use klamm_stream::Diagnostics;

/// How often each message was handled, and what is under way.
pub(super) struct Tally {
    times: Box<[AtomicU8]>,
    produced: AtomicU64,
    started: AtomicU64,
    handled: AtomicU64,
    committed: Mutex<HashMap<TopicPartition, i64>>,
}

impl Tally {
    pub(super) fn new(messages: usize) -> Self {
        Self {
            times: (0..messages).map(|_| AtomicU8::new(0)).collect(),
            produced: AtomicU64::new(0),
            started: AtomicU64::new(0),
            handled: AtomicU64::new(0),
            committed: Mutex::default(),
        }
    }

    pub(super) fn produced(&self) {
        self.produced.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn started(&self) {
        self.started.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a message by its key, the decimal number under which it was sent.
    pub(super) fn handled(&self, key: Option<&[u8]>) {
        let number = key.and_then(|key| std::str::from_utf8(key).ok()?.parse::<usize>().ok());
        if let Some(times) = number.and_then(|number| self.times.get(number)) {
            times.fetch_add(1, Ordering::Relaxed);
        }
        self.handled.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes what a member knows to be committed.
    pub(super) fn committed(&self, known: &Diagnostics) {
        let mut committed = self.committed.lock().unwrap_or_else(PoisonError::into_inner);
        for partition in &known.partitions {
            let highest = committed.entry(partition.partition.clone()).or_default();
            *highest = partition.committed.unwrap_or(0).max(*highest);
        }
    }

    /// Where things stand.
    pub(super) fn now(&self) -> Now {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let handled = load(&self.handled);
        let committed = self.committed.lock().unwrap_or_else(PoisonError::into_inner);
        Now {
            produced: load(&self.produced),
            handled,
            in_flight: load(&self.started).saturating_sub(handled),
            committed: committed.values().sum(),
        }
    }

    /// How many messages were handled at all.
    pub(super) fn distinct(&self) -> usize {
        self.times.iter().filter(|times| times.load(Ordering::Relaxed) > 0).count()
    }

    /// How many times a message was handled that had been handled before.
    pub(super) fn repeated(&self) -> u64 {
        self.times.iter().map(|times| u64::from(times.load(Ordering::Relaxed).saturating_sub(1))).sum()
    }
}

/// Where things stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Now {
    pub(super) produced: u64,
    pub(super) handled: u64,
    pub(super) in_flight: u64,
    pub(super) committed: i64,
}

impl Now {
    /// How many messages are produced and not handled.
    pub(super) fn lag(self) -> u64 {
        self.produced.saturating_sub(self.handled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_and_what_is_repeated_is_seen() {
        let tally = Tally::new(3);
        for key in [b"0", b"2", b"2"] {
            tally.handled(Some(key));
        }
        assert_eq!((tally.distinct(), tally.repeated(), tally.now().handled), (2, 1, 3));
    }
}
