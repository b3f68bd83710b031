//! A client's own cluster, and how the client is led through its case.

use std::cell::{Cell, RefCell};

use anyhow::Result;
use klamm_core::Config;

use super::{Growth, Unit};
use crate::{
    area::Meter,
    measure::{Work, quiet},
    topic::{Content, LARGE_BATCHES, Served, complete},
};

/// What is written, as often as asked.
const CONTENT: Content =
    Content { payload: Growth::PAYLOAD, has_headers: false, keys: 1, partitions: 4, messages: 0 };

/// A cluster in a process of its own, and what one client does with it.
#[derive(Debug)]
pub struct Trial {
    case: Growth,
    cluster: RefCell<Served>,
    /// Groups that were named so far.
    groups: Cell<u32>,
}

impl Trial {
    /// Starts the cluster.
    ///
    /// # Errors
    ///
    /// If the process does not start, or its cluster does not.
    pub fn start(case: &Growth) -> Result<Self> {
        let mut cluster = Served::start(CONTENT, LARGE_BATCHES)?;
        if case.unit == Unit::Client {
            // Each of them reads the first message there is.
            cluster.write(100)?;
        }
        Ok(Self { case: *case, cluster: RefCell::new(cluster), groups: Cell::new(0) })
    }

    /// Returns the numbers of the topic's partitions.
    pub fn partitions() -> impl Iterator<Item = i32> {
        CONTENT.partitions()
    }

    /// Returns the settings of a consumer in a group that nobody has been in. Its name is as long as any other's.
    pub fn consumer_config(&self) -> Config {
        let group = self.groups.replace(self.groups.get() + 1);
        let config = Config::new()
            .bootstrap_servers(self.cluster.borrow().address())
            .group_id(format!("reader-{group:06}"))
            .set("auto.offset.reset", "earliest")
            .set("session.timeout.ms", 2_000)
            .set("heartbeat.interval.ms", 200);
        complete(config)
    }

    /// Has messages written and `read` as many, again and again.
    ///
    /// # Errors
    ///
    /// If that or writing fails.
    pub fn messages(&self, meter: &mut Meter<'_>, mut read: impl FnMut(usize) -> Result<Work>) -> Result<()> {
        let count = self.case.step;
        self.grow(meter, || {
            self.cluster.borrow_mut().write(count)?;
            read(count)
        })
    }

    /// Has `live` start a client, read a message and drop the client, again and again, one when the last one's threads are gone.
    ///
    /// # Errors
    ///
    /// If that fails, or threads do not end within a minute.
    pub fn clients(&self, meter: &mut Meter<'_>, mut live: impl FnMut() -> Result<Work>) -> Result<()> {
        let threads = quiet::threads();
        self.grow(meter, || {
            let work = live()?;
            quiet::wait_for_threads(threads)?;
            Ok(work)
        })
    }

    fn grow(&self, meter: &mut Meter<'_>, mut step: impl FnMut() -> Result<Work>) -> Result<()> {
        let mut run = |steps: usize| -> Result<Work> {
            let mut done = Work::default();
            for _ in 0..steps {
                let Work { messages, bytes } = step()?;
                done.messages += messages;
                done.bytes += bytes;
            }
            quiet::wait_for_least_heap()?;
            Ok(done)
        };
        run(self.case.warm_up)?;
        let mut outcome = Ok(());
        meter(&mut || {
            run(self.case.steps).unwrap_or_else(|error| {
                outcome = Err(error);
                Work::default()
            })
        });
        outcome
    }
}
