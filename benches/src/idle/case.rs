//! A topic without messages, and how its reader is watched.

use std::{cell::Cell, thread, time::Duration};

use anyhow::{Context, Result};
use klamm_core::Config;

use crate::{
    area::{Case, Meter},
    measure::{Work, others},
    topic::{Content, LARGE_BATCHES, Served, complete},
};

/// How long a reader is watched.
const WATCHED: Duration = Duration::from_secs(10);
/// Whoever does nothing for so long has come to rest.
const PAUSE: Duration = Duration::from_millis(200);

/// A topic without messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watch {
    /// Partitions and time.
    pub name: &'static str,
    /// Its partitions.
    pub partitions: usize,
}

impl Case for Watch {
    fn name(&self) -> &'static str {
        self.name
    }

    /// Nothing is read, and that once.
    fn work(&self) -> Work {
        Work { messages: 1, bytes: 0 }
    }
}

/// The topic in another process.
#[derive(Debug)]
pub struct Scene {
    served: Served,
    content: Content,
    /// Groups that were named so far.
    groups: Cell<u32>,
}

impl Scene {
    pub(super) fn set_up(case: &Watch) -> Result<Self> {
        let content =
            Content { payload: 1, has_headers: false, keys: 1, partitions: case.partitions, messages: 0 };
        Ok(Self { served: Served::start(content, LARGE_BATCHES)?, content, groups: Cell::new(0) })
    }

    /// Returns the numbers of the partitions.
    pub fn partitions(&self) -> impl Iterator<Item = i32> + use<> {
        self.content.partitions()
    }

    /// Returns the settings of a consumer in a group that nobody has been in.
    pub fn consumer_config(&self) -> Config {
        let group = self.groups.replace(self.groups.get() + 1);
        let config = Config::new()
            .bootstrap_servers(self.served.address())
            .group_id(format!("reader-{group}"))
            .set("auto.offset.reset", "earliest")
            .set("session.timeout.ms", 6_000)
            .set("heartbeat.interval.ms", 1_000);
        complete(config)
    }

    /// Waits until all threads rest, and measures the time after that.
    ///
    /// # Errors
    ///
    /// If they never rest, or the system does not show them.
    pub fn watch(meter: &mut Meter<'_>) -> Result<()> {
        let look = || others().context("the system shows no threads");
        let mut before = look()?;
        for _ in 0..100 {
            thread::sleep(PAUSE);
            let now = look()?;
            if now == before {
                meter(&mut || {
                    thread::sleep(WATCHED);
                    Work { messages: 1, bytes: 0 }
                });
                return Ok(());
            }
            before = now;
        }
        anyhow::bail!("the threads never come to rest")
    }
}
