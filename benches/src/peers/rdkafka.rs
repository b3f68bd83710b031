//! The `rdkafka` crate's stream.
#![expect(unsafe_code, reason = "the length of a queue is not part of the crate's interface")]

use anyhow::{Context, Result};
use rdkafka::{
    ClientConfig, Message, Offset, TopicPartitionList,
    consumer::{Consumer, StreamConsumer},
};
use rdkafka_sys::{rd_kafka_queue_destroy, rd_kafka_queue_get_consumer, rd_kafka_queue_length};
use tokio::runtime;

use super::drain::drain;
use crate::{area::Meter, dequeue::Topic};

/// Reads the topic through `StreamConsumer::stream`, assigned to all its partitions.
///
/// # Errors
///
/// If the consumer does not start, or does not get all messages into its queue.
pub fn dequeue(topic: &Topic, meter: &mut Meter<'_>) -> Result<()> {
    // The consumer spawns a timer of minutes, and asks for nothing else.
    let runtime = runtime::Builder::new_current_thread().enable_time().build()?;
    let _inside = runtime.enter();
    let config = topic.consumer_config();
    let config = config.iter().map(|(key, value)| (key.to_owned(), value.to_owned()));
    let consumer: StreamConsumer = config.collect::<ClientConfig>().create()?;
    let mut partitions = TopicPartitionList::new();
    for partition in topic.partitions() {
        partitions.add_partition_offset(Topic::NAME, partition, Offset::Beginning)?;
    }
    consumer.assign(&partitions).context("cannot assign the partitions")?;
    topic.wait_until_fetched(|| queued(&consumer))?;
    let mut stream = consumer.stream();
    meter(&mut || {
        drain(&mut stream, topic.messages(), |item| {
            item.as_ref().ok().map(|message| message.payload().map_or(0, <[u8]>::len))
        })
    });
    Ok(())
}

/// Returns how many messages wait in the consumer's queue.
fn queued(consumer: &StreamConsumer) -> usize {
    let client = consumer.client().native_ptr();
    // SAFETY: the handle lives as long as the consumer.
    let queue = unsafe { rd_kafka_queue_get_consumer(client) };
    assert!(!queue.is_null(), "a consumer with a group has a queue");
    // SAFETY: a reference of ours, given back below.
    let length = unsafe { rd_kafka_queue_length(queue) };
    // SAFETY: ours, and not used again.
    unsafe { rd_kafka_queue_destroy(queue) };
    length
}
