//! What is in the broker's log.

use std::cell::Cell;

use anyhow::Result;
use klamm_core::Config;

use super::home::Home;
use crate::{area::Case, measure::Work, topic::Content};

/// What is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Partitions and workers.
    pub name: &'static str,
    /// What is in the topic.
    pub content: Content,
    /// Messages in a batch, and so the least that a fetch brings of a partition.
    pub batch: usize,
    /// How many messages wait in the client, in all queues together, when reading begins and as long as it is slower than
    /// fetching: a small part of all.
    pub ahead: usize,
}

impl Case for Reading {
    fn name(&self) -> &'static str {
        self.name
    }

    fn work(&self) -> Work {
        let Content { payload, messages, .. } = self.content;
        Work { messages, bytes: messages * payload }
    }
}

/// A topic in another process, and its readers' settings.
#[derive(Debug)]
pub struct Log {
    home: Home,
    case: Reading,
    /// Groups that were named so far.
    groups: Cell<u32>,
}

impl Log {
    /// Workers that read.
    pub const WORKERS: usize = 2;

    pub(super) fn on_mock(case: &Reading) -> Result<Self> {
        Ok(Self::in_home(Home::mock(case.content, case.batch)?, case))
    }

    pub(super) fn on_kafka(case: &Reading) -> Result<Self> {
        Ok(Self::in_home(Home::kafka(case.content, case.batch)?, case))
    }

    fn in_home(home: Home, case: &Reading) -> Self {
        Self { home, case: *case, groups: Cell::new(0) }
    }

    /// Returns how many messages wait in the client when reading begins.
    pub fn ahead(&self) -> usize {
        self.case.ahead
    }

    /// Returns how many messages there are.
    pub fn messages(&self) -> usize {
        self.case.content.messages
    }

    /// Returns the numbers of the partitions.
    pub fn partitions(&self) -> impl Iterator<Item = i32> + use<> {
        self.case.content.partitions()
    }

    /// Returns the settings of a consumer in a group that nobody has been in, whose messages wait in so many queues.
    ///
    /// librdkafka fetches when a queue has less than a number; that is so much less where there are more queues. It looks
    /// again after a millisecond.
    pub fn consumer_config(&self, queues: usize) -> Config {
        let group = self.groups.replace(self.groups.get() + 1);
        Config::new()
            .bootstrap_servers(self.home.address())
            .group_id(format!("reader-{group}"))
            .set("auto.offset.reset", "earliest")
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("session.timeout.ms", 2_000)
            .set("heartbeat.interval.ms", 200)
            .set("fetch.wait.max.ms", 10)
            .set("queued.min.messages", self.case.ahead / queues)
            .set("check.crcs", "false")
            .set("fetch.queue.backoff.ms", 1)
    }
}
