//! The pipeline as the user builds it.

use std::time::Duration;

use klamm_core::contract::Source;

use crate::{
    committer::Trigger,
    schedule::{Serial, Unordered},
};

/// A pipeline that has its messages processed and committed; it does nothing until its terminal is awaited.
///
/// Choose a schedule (one message at a time unless told otherwise), policies in any order, and end with `process`.
#[derive(Clone, Debug)]
#[must_use = "a pipeline does nothing until `process` is awaited"]
pub struct Records<S, C = Serial> {
    pub(crate) source: S,
    pub(crate) schedule: C,
    pub(crate) trigger: Trigger,
}

/// Starts pipelines.
pub trait RecordsExt: Source + Clone {
    /// Begins a pipeline over the source's messages, of which it will take all.
    fn records(&self) -> Records<Self> {
        Records { source: self.clone(), schedule: Serial, trigger: Trigger::default() }
    }
}

impl<S: Source + Clone> RecordsExt for S {}

impl<S, C> Records<S, C> {
    /// Commits once `records` messages are done, or `interval` after the first that is done and not committed; 1,000
    /// messages or 1 s unless set. What is done while a commit is in flight goes into the next.
    ///
    /// `records` of 0 counts as 1.
    pub fn commit_every(mut self, records: usize, interval: Duration) -> Self {
        self.trigger = Trigger { records: records.max(1), interval };
        self
    }
}

impl<S> Records<S, Serial> {
    /// Handles up to `at_once` messages at once, in any order. A commit never passes one that is not done.
    ///
    /// # Panics
    ///
    /// If `at_once` is 0.
    #[track_caller]
    pub fn unordered(self, at_once: usize) -> Records<S, Unordered> {
        assert!(at_once > 0, "a pipeline that handles 0 messages at once would wait for ever");
        Records { source: self.source, schedule: Unordered { at_once }, trigger: self.trigger }
    }
}
