//! The pipeline as the user builds it.

use std::{fmt, future::Future, time::Duration};

use klamm_core::contract::{IntoSource, Source};

use crate::{
    ByKey, ByPartition, Limits, OnDrop, OnPanic, OnRevoke, Serial, Stall, Unordered,
    committer::Trigger,
    observe::Observer,
    policy::{Drain, Policies},
};

/// A pipeline that has its messages processed and committed; it does nothing until its terminal is awaited.
///
/// Choose a schedule (one message at a time unless told otherwise), policies in any order, and end with a terminal:
/// `process`, `process_shared`, `produce_to` or [`deliveries`](Self::deliveries). What cannot work is refused by the terminal, with
/// [`ProcessError::Invalid`](crate::ProcessError::Invalid), before it takes a message.
#[must_use = "a pipeline does nothing until its terminal is awaited"]
pub struct Records<S, K = Serial> {
    pub(crate) source: S,
    pub(crate) schedule: K,
    pub(crate) policies: Policies,
}

/// Begins pipelines.
pub trait RecordsExt: IntoSource {
    /// Begins a pipeline over the source's messages, of which it will take all.
    fn records(self) -> Records<Self::Source>;
}

impl<S: IntoSource> RecordsExt for S {
    fn records(self) -> Records<S::Source> {
        Records { source: self.into_source(), schedule: Serial, policies: Policies::default() }
    }
}

impl<S: Source> Records<S, Serial> {
    /// Handles up to `at_once` messages at once, in any order. A commit never passes one that is not done.
    pub fn unordered(self, at_once: usize) -> Records<S, Unordered> {
        self.scheduled(Unordered { at_once })
    }

    /// Handles one message of each partition at a time, in order, the partitions at once.
    pub fn by_partition(self) -> Records<S, ByPartition> {
        self.scheduled(ByPartition)
    }

    /// Handles one message of each key at a time, in order, up to `at_once` keys at once. Keys of different partitions are
    /// different keys.
    pub fn by_key(self, at_once: usize) -> Records<S, ByKey> {
        self.scheduled(ByKey::new(at_once))
    }

    fn scheduled<K>(self, schedule: K) -> Records<S, K> {
        Records { source: self.source, schedule, policies: self.policies }
    }
}

impl<S: Source, K> Records<S, K> {
    /// Commits once `records` messages are done, or `interval` after the first that is done and not committed; 1,000
    /// messages or 1 s unless set. What is done while a commit is in flight goes into the next: there is never more than
    /// one.
    ///
    /// `interval` after the last message it is also looked where reading would go on, and committed if that lies behind
    /// what is never delivered, such as transaction markers: a log that is read to its end shows no lag.
    pub fn commit_every(mut self, records: usize, interval: Duration) -> Self {
        self.policies.trigger = Trigger { records, interval };
        self
    }

    /// Bounds what the pipeline holds at once.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.policies.limits = limits;
        self
    }

    /// Says what happens to the handlers of a partition that the group wants back. Unless set they are waited for as long
    /// as the source can hold a revoke, which is half of `max.poll.interval.ms`.
    pub fn on_revoke(mut self, on_revoke: OnRevoke) -> Self {
        self.policies.on_revoke = Some(on_revoke);
        self
    }

    /// Says what a panic in a handler does; [`OnPanic::Propagate`] unless set.
    pub fn on_panic(mut self, on_panic: OnPanic) -> Self {
        self.policies.on_panic = on_panic;
        self
    }

    /// Says what a dropped acknowledgement does, for [`deliveries`](Self::deliveries); [`OnDrop::Hold`] unless set.
    pub fn on_drop(mut self, on_drop: OnDrop) -> Self {
        self.policies.on_drop = on_drop;
        self
    }

    /// Watches the oldest message of each partition that is not done, and does as `stall` says when it is not for `after`,
    /// or up to a quarter longer. Nothing is watched unless this is set.
    pub fn stall_after(mut self, after: Duration, stall: Stall) -> Self {
        self.policies.stall = Some((after, stall));
        self
    }

    /// Ends the pipeline in good order when `signal` completes: starts nothing more, waits for what was started, commits,
    /// and leaves the group, all within `within`. Handlers that run for more than four fifths of it are dropped.
    ///
    /// The terminal then returns its report, in which `abandoned` tells how many those were.
    pub fn drain_on<F>(mut self, signal: F, within: Duration) -> Self
    where
        F: Future + Send + 'static,
    {
        self.policies.drain = Some(Drain::new(signal, within));
        self
    }

    /// Has the pipeline watched.
    pub fn observe(mut self, observer: impl Observer + 'static) -> Self {
        self.policies.observer = Some(Box::new(observer));
        self
    }
}

impl<S, K: fmt::Debug> fmt::Debug for Records<S, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records")
            .field("schedule", &self.schedule)
            .field("policies", &self.policies)
            .finish_non_exhaustive()
    }
}
