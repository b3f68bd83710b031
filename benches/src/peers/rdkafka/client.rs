//! A consumer that is assigned a topic.
#![expect(unsafe_code, reason = "the length of a queue is not part of the crate's interface")]

use anyhow::{Context, Result};
use klamm_core::Config;
use rdkafka::{
    ClientConfig, Offset, TopicPartitionList,
    consumer::{Consumer, StreamConsumer},
};
use rdkafka_sys::{rd_kafka_queue_destroy, rd_kafka_queue_get_consumer, rd_kafka_queue_length};

/// Starts a consumer with these settings and partitions of `topic`, from the beginning. A tokio runtime must be entered.
pub(super) fn assigned(
    config: &Config,
    topic: &str,
    partitions: impl Iterator<Item = i32>,
) -> Result<StreamConsumer> {
    let config = config.iter().map(|(key, value)| (key.to_owned(), value.to_owned()));
    let consumer: StreamConsumer = config.collect::<ClientConfig>().create()?;
    let mut list = TopicPartitionList::new();
    for partition in partitions {
        list.add_partition_offset(topic, partition, Offset::Beginning)?;
    }
    consumer.assign(&list).context("cannot assign the partitions")?;
    Ok(consumer)
}

/// Returns how many messages wait in the consumer's queue.
pub(super) fn queued(consumer: &StreamConsumer) -> usize {
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
