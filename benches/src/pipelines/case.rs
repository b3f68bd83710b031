//! What waits to be handled, and in which order it is.

use anyhow::Result;
use klamm_core::Config;

use crate::{
    area::Case,
    measure::Work,
    topic::{Content, Topic},
};

/// How many handlers may run at once where no order is kept.
pub const AT_ONCE: usize = 64;
/// How many keys may be handled at once.
pub const KEYS_AT_ONCE: usize = 256;
/// After how many messages a commit is due.
pub const COMMIT_EVERY: usize = 1_000;

/// Which handlers may run at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// One after the other.
    Serial,
    /// One of each partition.
    ByPartition,
    /// Many, in any order.
    Unordered,
    /// One of each key.
    ByKey,
    /// By hand, one after the other.
    ByHand,
    /// By hand, many in any order.
    ByHandAtOnce,
}

/// What waits to be handled, and in which order it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handling {
    /// Partitions and schedule, as in `12p/process`.
    pub name: &'static str,
    /// Which handlers may run at once.
    pub schedule: Schedule,
    /// What is in the topic.
    pub content: Content,
    /// How many messages are handled before anything is measured.
    pub warm_up: usize,
}

impl Handling {
    pub(crate) const fn new(
        name: &'static str,
        schedule: Schedule,
        partitions: usize,
        messages: usize,
    ) -> Self {
        let content = Content { payload: 100, has_headers: false, keys: 1, partitions, messages };
        Self { name, schedule, content, warm_up: 0 }
    }

    /// Has so many different keys in the topic.
    pub(super) const fn keys(mut self, keys: usize) -> Self {
        self.content.keys = keys;
        self
    }

    /// Has so many of the messages handled before anything is measured, and nothing committed until the end.
    pub(super) const fn after(self, warm_up: usize) -> Self {
        Self { warm_up, ..self }
    }
}

impl Case for Handling {
    fn name(&self) -> &'static str {
        self.name
    }

    fn work(&self) -> Work {
        let Content { payload, messages, .. } = self.content;
        let messages = messages - self.warm_up;
        Work { messages, bytes: messages * payload }
    }
}

/// The topic of a case, and the order in which it is handled.
#[derive(Debug)]
pub struct Scene {
    /// The topic.
    pub topic: Topic,
    /// Which handlers may run at once.
    pub schedule: Schedule,
    /// How many messages are handled before anything is measured.
    pub warm_up: usize,
}

impl Scene {
    /// Returns the settings of a member that has a group to itself, and stays in it if callgrind slows it down.
    pub(crate) fn member_config(&self) -> Config {
        self.topic.consumer_config().set("session.timeout.ms", 60_000)
    }

    pub(crate) fn set_up(case: &Handling) -> Result<Self> {
        Ok(Self { topic: Topic::filled(case.content)?, schedule: case.schedule, warm_up: case.warm_up })
    }
}
