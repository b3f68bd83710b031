//! The loop of `dequeue`, with the last offset of each batch noted and committed.

use anyhow::Result;

use super::{client::Client, commits::Commits, dequeue::drain, queue::PartitionQueue};
use crate::{
    area::Meter,
    pipelines::{COMMIT_EVERY, Scene},
    topic::Topic,
};

/// Reads the topic in batches of 256 and commits what was read: a batch is done when the next is taken, whatever the order.
///
/// # Errors
///
/// If the consumer does not start, does not get all messages into its queues, or a commit is refused.
pub fn pipelines(scene: &Scene, meter: &mut Meter<'_>) -> Result<()> {
    let topic = &scene.topic;
    let client = Client::consumer(&topic.consumer_config())?;
    let queues = topic.partitions().map(|partition| PartitionQueue::split(&client, Topic::NAME, partition));
    let mut queues = queues.collect::<Result<Vec<_>>>()?;
    client.assign(Topic::NAME, topic.partitions())?;
    topic.wait_until_fetched(|| queues.iter().map(PartitionQueue::len).sum())?;
    let mut commits = Commits::new(&client, Topic::NAME, topic.partitions().count(), COMMIT_EVERY)?;
    meter(&mut || {
        drain(&mut queues, |batch| {
            let Some(last) = batch.last() else { return };
            // SAFETY: the batch was taken just now, and its messages are live until they are destroyed.
            let last = unsafe { &**last };
            commits.done(last.partition, last.offset, batch.len());
        })
    });
    commits.finish()
}
