//! From few partitions to more.

use std::cell::Cell;

use anyhow::Result;
use klamm_core::Config;

use crate::{
    area::{Case, Meter},
    measure::{Work, quiet},
    topic::{Content, LARGE_BATCHES, Served, complete},
};

/// From few partitions to more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Growth {
    /// Both numbers.
    pub name: &'static str,
    /// Partitions before.
    pub from: usize,
    /// Partitions after.
    pub to: usize,
}

impl Case for Growth {
    fn name(&self) -> &'static str {
        self.name
    }

    /// The partitions that come.
    fn work(&self) -> Work {
        Work { messages: self.to - self.from, bytes: 0 }
    }
}

/// A topic with few partitions and one with more, both without messages, each on a cluster of its own.
#[derive(Debug)]
pub struct Scene {
    few: Empty,
    more: Empty,
}

/// A topic without messages.
#[derive(Debug)]
pub struct Empty {
    served: Served,
    content: Content,
    /// Groups that were named so far.
    groups: Cell<u32>,
}

impl Empty {
    fn start(partitions: usize) -> Result<Self> {
        let content = Content { payload: 1, has_headers: false, keys: 1, partitions, messages: 0 };
        Ok(Self { served: Served::start(content, LARGE_BATCHES)?, content, groups: Cell::new(0) })
    }

    /// Returns the numbers of the partitions.
    pub fn partitions(&self) -> impl Iterator<Item = i32> + use<> {
        self.content.partitions()
    }

    /// Returns the settings of a consumer in a group that nobody has been in. Its name is as long as any other's.
    pub fn consumer_config(&self) -> Config {
        let group = self.groups.replace(self.groups.get() + 1);
        let config = Config::new()
            .bootstrap_servers(self.served.address())
            .group_id(format!("reader-{group:06}"))
            .set("auto.offset.reset", "earliest")
            .set("session.timeout.ms", 6_000)
            .set("heartbeat.interval.ms", 1_000);
        complete(config)
    }
}

impl Scene {
    pub(super) fn set_up(case: &Growth) -> Result<Self> {
        Ok(Self { few: Empty::start(case.from)?, more: Empty::start(case.to)? })
    }

    /// Starts a client on few partitions, and measures what is allocated when another has come in its place.
    ///
    /// `start` returns a client that has all partitions.
    ///
    /// # Errors
    ///
    /// What keeps a client from starting, ending, or coming to rest.
    pub fn grow<C>(&self, meter: &mut Meter<'_>, start: impl Fn(&Empty) -> Result<C>) -> Result<()> {
        let threads = quiet::threads();
        // What the first client of all leaves for good is there before anything is measured.
        drop(start(&self.few)?);
        quiet::wait_for_threads(threads)?;
        let mut client = Some(start(&self.few)?);
        quiet::wait_for_least_heap()?;
        let mut replace = || -> Result<()> {
            client = None;
            quiet::wait_for_threads(threads)?;
            client = Some(start(&self.more)?);
            quiet::wait_for_least_heap()
        };
        let mut outcome = Ok(());
        let messages = self.more.content.partitions - self.few.content.partitions;
        meter(&mut || {
            outcome = replace();
            Work { messages, bytes: 0 }
        });
        outcome
    }
}
