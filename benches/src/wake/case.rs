//! Messages that come one by one.

use std::cell::Cell;

use anyhow::{Context, Result, ensure};
use klamm_core::Config;

use crate::{
    area::{Case, Meter},
    measure::{RECORD_BYTES, Work},
    topic::{Content, Served},
};

/// Messages that come one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Partitions, and what the reader does.
    pub name: &'static str,
    /// Messages that find it waiting.
    pub messages: usize,
}

impl Case for Waiting {
    fn name(&self) -> &'static str {
        self.name
    }

    fn work(&self) -> Work {
        Work { messages: self.messages, bytes: self.messages * RECORD_BYTES }
    }
}

/// A topic in another process, with every message in a batch of its own.
#[derive(Debug)]
pub struct Log {
    served: Served,
    wanted: usize,
    /// Groups that were named so far.
    groups: Cell<u32>,
}

impl Log {
    /// How many messages there are for each that must find the reader waiting.
    const PLENTY: usize = 10;

    pub(super) fn write(case: &Waiting) -> Result<Self> {
        let messages = case.messages * Self::PLENTY;
        let content = Content { payload: RECORD_BYTES, has_headers: false, keys: 1, partitions: 1, messages };
        Ok(Self { served: Served::filled(content, 1)?, wanted: case.messages, groups: Cell::new(0) })
    }

    /// Returns the number of the partition.
    pub fn partitions() -> impl Iterator<Item = i32> {
        std::iter::once(0)
    }

    /// Returns the settings of a consumer in a group that nobody has been in.
    pub fn consumer_config(&self) -> Config {
        let group = self.groups.replace(self.groups.get() + 1);
        Config::new()
            .bootstrap_servers(self.served.address())
            .group_id(format!("reader-{group}"))
            .set("auto.offset.reset", "earliest")
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("session.timeout.ms", 2_000)
            .set("heartbeat.interval.ms", 200)
            .set("fetch.wait.max.ms", 10)
            .set("queued.min.messages", 1)
            .set("fetch.queue.backoff.ms", 1)
    }

    /// Measures each message that finds the reader waiting.
    ///
    /// `take` takes what is there without waiting and tells whether it was a message; `wait` waits for the next, and returns
    /// the length of its payload.
    ///
    /// # Errors
    ///
    /// If too many messages do not find it waiting, or a wait fails.
    pub fn wait_for_each<R>(
        &self,
        meter: &mut Meter<'_>,
        reader: &mut R,
        mut take: impl FnMut(&mut R) -> bool,
        mut wait: impl FnMut(&mut R) -> Result<usize>,
    ) -> Result<()> {
        let mut left = self.wanted * Self::PLENTY;
        // The first comes with what the start has set off.
        wait(reader)?;
        for _ in 0..self.wanted {
            while take(reader) {
                left -= 1;
                ensure!(left > self.wanted, "the reader is seldom there before the message");
            }
            let mut outcome = Ok(0);
            meter(&mut || {
                outcome = wait(reader);
                let bytes = outcome.as_ref().copied().unwrap_or(0);
                Work { messages: 1, bytes }
            });
            outcome.context("a wait has failed")?;
        }
        Ok(())
    }
}
