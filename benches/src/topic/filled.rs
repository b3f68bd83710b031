//! A topic on a cluster of its own, with its messages written.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use klamm_core::Config;
use klamm_testing::MockCluster;

use super::{Content, settings};

/// How long a client may take to fetch all messages; callgrind makes everything some fifty times slower.
const DEADLINE: Duration = Duration::from_secs(300);
/// If nothing came for so long, nothing more will.
const LAST: Duration = Duration::from_millis(500);

/// A topic on a cluster of its own, with its messages written.
#[derive(Debug)]
pub struct Topic {
    cluster: MockCluster,
    content: Content,
    /// Groups that were named so far.
    groups: AtomicU32,
}

impl Topic {
    /// The topic's name.
    pub const NAME: &str = "messages";

    /// Starts a cluster and writes the messages.
    ///
    /// # Errors
    ///
    /// If the mock cluster would not keep all of them, or does not take them.
    pub fn filled(content: Content) -> Result<Self> {
        content.check()?;
        let cluster = MockCluster::start(1)?;
        cluster.create_topic(Self::NAME, content.partitions)?;
        let samples = content.samples(Self::NAME);
        cluster.write(samples.iter().cycle().take(content.messages))?;
        Ok(Self { cluster, content, groups: AtomicU32::new(0) })
    }

    /// Returns how many messages there are.
    pub fn messages(&self) -> usize {
        self.content.messages
    }

    /// Returns the numbers of the partitions.
    pub fn partitions(&self) -> impl Iterator<Item = i32> + use<> {
        self.content.partitions()
    }

    /// Returns the settings of a consumer in a group that nobody has been in.
    pub fn consumer_config(&self) -> Config {
        let group = format!("reader-{}", self.groups.fetch_add(1, Ordering::Relaxed));
        settings::complete(self.cluster.consumer_config(&group))
    }

    /// Waits until a client has all messages of the topic: in its local queues, or taken from them.
    ///
    /// librdkafka counts its own marks among them (`RD_KAFKA_OP_BARRIER`, about one a partition), so it goes on until no more come.
    ///
    /// # Errors
    ///
    /// If that takes more than five minutes.
    pub fn wait_until_fetched(&self, mut queued: impl FnMut() -> usize) -> Result<()> {
        let mut wanted = self.content.messages;
        loop {
            self.wait_for(wanted, &mut queued)?;
            let before = queued();
            thread::sleep(LAST);
            if queued() == before {
                return Ok(());
            }
            wanted = before;
        }
    }

    /// Waits until a client has `wanted` messages.
    ///
    /// # Errors
    ///
    /// As [`wait_until_fetched`](Self::wait_until_fetched).
    pub fn wait_for(&self, wanted: usize, mut queued: impl FnMut() -> usize) -> Result<()> {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let fetched = queued();
            if fetched >= wanted {
                return Ok(());
            }
            ensure!(Instant::now() < deadline, "only {fetched} of {wanted} messages were fetched in time");
            // Between two looks; librdkafka has no call that waits for a number of messages.
            thread::sleep(Duration::from_millis(1));
        }
    }
}
