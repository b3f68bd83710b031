//! The loop of `rd_kafka_consume_batch_queue` and `rd_kafka_message_destroy`.

use std::ptr;

use anyhow::Result;
use rdkafka_sys::{rd_kafka_message_destroy, rd_kafka_message_t};

use super::{client::Client, queue::PartitionQueue};
use crate::{area::Meter, measure::Work, topic::Topic};

/// Messages in a call; more gains less than 2 %.
const BATCH: usize = 256;

/// Reads the topic in batches of 256, partition by partition in turn; one that has not filled a batch is empty.
///
/// # Errors
///
/// If the consumer does not start, or does not get all messages into its queues.
pub fn dequeue(topic: &Topic, meter: &mut Meter<'_>) -> Result<()> {
    let client = Client::consumer(&topic.consumer_config())?;
    let queues = topic.partitions().map(|partition| PartitionQueue::split(&client, Topic::NAME, partition));
    let mut queues = queues.collect::<Result<Vec<_>>>()?;
    client.assign(Topic::NAME, topic.partitions())?;
    topic.wait_until_fetched(|| queues.iter().map(PartitionQueue::len).sum())?;
    meter(&mut || drain(&mut queues, |_| ()));
    Ok(())
}

/// Reads until every queue is empty, without a call that would only show it.
///
/// `taken_over` is given each batch, which is of one partition and never empty, before its messages are destroyed.
pub(super) fn drain(
    queues: &mut [PartitionQueue<'_>],
    mut taken_over: impl FnMut(&[*mut rd_kafka_message_t]),
) -> Work {
    let mut batch = [ptr::null_mut(); BATCH];
    let mut work = Work::default();
    let mut left = queues;
    while !left.is_empty() {
        let mut filled = 0;
        for index in 0..left.len() {
            let taken = left[index].take(&mut batch);
            if taken == BATCH {
                // Those that have more move to the front, in order.
                left.swap(filled, index);
                filled += 1;
            }
            if taken > 0 {
                taken_over(&batch[..taken]);
            }
            for message in &batch[..taken] {
                // SAFETY: the message was taken just now, and is live until it is destroyed below.
                let bytes = unsafe { (**message).len };
                work.add(bytes);
                // SAFETY: ours, and not used again.
                unsafe { rd_kafka_message_destroy(*message) };
            }
        }
        left = &mut left[..filled];
    }
    work
}
