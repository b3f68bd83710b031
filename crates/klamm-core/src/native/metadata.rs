//! Asking a cluster for its metadata, and reading the answer.

use std::{
    ffi::{c_char, c_int},
    mem::offset_of,
    ptr::{self, NonNull},
    slice,
    time::Duration,
};

use super::client::Client;
use super::code::check;
use super::ledger::{
    rd_kafka_controllerid, rd_kafka_metadata, rd_kafka_metadata_broker_t, rd_kafka_metadata_destroy,
    rd_kafka_metadata_partition_t, rd_kafka_metadata_t, rd_kafka_metadata_topic_t,
};
use super::text::{copied, timeout_ms};
use super::topic::TopicHandle;
use crate::{
    Error, ErrorCode,
    metadata::{Broker, Metadata, PartitionMetadata, TopicMetadata},
};

impl Client {
    /// Asks a broker what the cluster consists of: with all topics, or with the one that is named; waits for the answer, up
    /// to `timeout` (`rd_kafka_metadata`).
    ///
    /// A topic that the cluster does not have is an answer as well, with
    /// [`UNKNOWN_TOPIC_OR_PARTITION`](ErrorCode::UNKNOWN_TOPIC_OR_PARTITION) as the topic's error; of a name that no topic
    /// can have, Kafka says [`INVALID_TOPIC_EXCEPTION`](ErrorCode::INVALID_TOPIC_EXCEPTION). To ask for a topic makes a
    /// cluster create it that does so, if the client has `allow.auto.create.topics`: a producer does by default, a
    /// consumer does not. From then on the client keeps itself informed about the topic.
    ///
    /// To ask a consumer for all topics may have it join its group again, if those that it subscribes to have changed.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operation`](crate::ErrorKind::Operation) with `_TRANSPORT` if no broker could be reached in time, with
    /// `_TIMED_OUT` if the one that was asked did not answer, with `_INVALID_ARG` if the name is empty, longer than 512
    /// bytes or holds NUL.
    pub fn metadata(&self, topic: Option<&str>, timeout: Duration) -> Result<Metadata, Error> {
        let topic = topic.map(|name| TopicHandle::new(self, name)).transpose()?;
        let (all_topics, only) = match &topic {
            Some(topic) => (0, topic.as_ptr()),
            None => (1, ptr::null_mut()),
        };
        let mut answer = ptr::null();
        // SAFETY: the handle is live (N1), and so is the topic, if any (N3); the target is ours.
        let code = unsafe {
            rd_kafka_metadata(self.as_ptr(), all_topics, only, &raw mut answer, timeout_ms(Some(timeout)))
        };
        check("rd_kafka_metadata", code)?;
        let answer =
            NonNull::new(answer.cast_mut()).expect("librdkafka answers with an error or with metadata");
        let answer = Answer(answer);
        // SAFETY: the handle is live (N1). A limit of zero: that of the answer is known by now.
        let controller = unsafe { rd_kafka_controllerid(self.as_ptr(), 0) };
        Ok(answer.read(broker_id(controller)))
    }
}

/// An answer that is ours.
struct Answer(NonNull<rd_kafka_metadata_t>);

impl Drop for Answer {
    fn drop(&mut self) {
        // SAFETY: ours (N3).
        unsafe { rd_kafka_metadata_destroy(self.0.as_ptr()) };
    }
}

impl Answer {
    fn read(&self, controller: Option<i32>) -> Metadata {
        // SAFETY: ours and live; nobody writes to it.
        let metadata = unsafe { self.0.as_ref() };
        // SAFETY: an array of so many brokers that lives as long as the answer.
        let brokers = unsafe { array(metadata.brokers, metadata.broker_cnt) };
        // SAFETY: as above, of topics; `TopicFields` has their layout, as asserted below.
        let topics = unsafe { array(metadata.topics.cast::<TopicFields>(), metadata.topic_cnt) };
        Metadata {
            // SAFETY: the answer is live.
            brokers: brokers.iter().map(|broker| unsafe { read_broker(broker) }).collect(),
            controller,
            // SAFETY: the answer is live.
            topics: topics.iter().map(|topic| unsafe { read_topic(topic) }).collect(),
        }
    }
}

/// Copies a broker.
///
/// # Safety
///
/// * `broker` is lent by an answer that is live.
unsafe fn read_broker(broker: &rd_kafka_metadata_broker_t) -> Broker {
    // SAFETY: null, or a string that lives as long as the answer (N9).
    let host = unsafe { copied(broker.host) };
    Broker { id: broker.id, host, port: u16::try_from(broker.port).unwrap_or(0) }
}

/// Copies a topic.
///
/// # Safety
///
/// * `topic` is lent by an answer that is live.
unsafe fn read_topic(topic: &TopicFields) -> TopicMetadata {
    // SAFETY: null, or a string that lives as long as the answer (N9).
    let name = unsafe { copied(topic.name) };
    // SAFETY: an array of so many partitions that lives as long as the answer.
    let partitions = unsafe { array(topic.partitions, topic.partition_cnt) };
    // SAFETY: the answer is live.
    let partitions = partitions.iter().map(|partition| unsafe { read_partition(partition) });
    let mut partitions: Vec<_> = partitions.collect();
    // A broker names them in any order.
    partitions.sort_unstable_by_key(|partition| partition.partition);
    TopicMetadata { name: name.into(), error: ErrorCode::check(topic.err), partitions }
}

/// Copies a partition.
///
/// # Safety
///
/// * `partition` is lent by an answer that is live.
unsafe fn read_partition(partition: &PartitionFields) -> PartitionMetadata {
    // SAFETY: an array of so many numbers that lives as long as the answer.
    let replicas = unsafe { array(partition.replicas, partition.replica_cnt) };
    // SAFETY: as above.
    let in_sync = unsafe { array(partition.isrs, partition.isr_cnt) };
    PartitionMetadata {
        partition: partition.id,
        error: ErrorCode::check(partition.err),
        leader: broker_id(partition.leader),
        replicas: replicas.to_vec(),
        in_sync: in_sync.to_vec(),
    }
}

/// Minus one stands for no broker.
fn broker_id(id: i32) -> Option<i32> {
    (id >= 0).then_some(id)
}

/// Views an array of an answer; null is empty.
///
/// # Safety
///
/// * `first` is null, or points to `count` values that are initialised and not written to while `'a` lasts.
unsafe fn array<'a, T>(first: *const T, count: c_int) -> &'a [T] {
    match usize::try_from(count) {
        // SAFETY: not null, and the caller promises the rest.
        Ok(count @ 1..) if !first.is_null() => unsafe { slice::from_raw_parts(first, count) },
        _ => &[],
    }
}

/// `rd_kafka_metadata_topic_t`, with its code as the number it is (rule N8).
#[repr(C)]
struct TopicFields {
    name: *mut c_char,
    partition_cnt: c_int,
    partitions: *mut PartitionFields,
    err: c_int,
}

/// `rd_kafka_metadata_partition_t`, with its code as the number it is (rule N8).
#[repr(C)]
struct PartitionFields {
    id: i32,
    err: c_int,
    leader: i32,
    replica_cnt: c_int,
    replicas: *mut i32,
    isr_cnt: c_int,
    isrs: *mut i32,
}

const _: () = {
    assert!(size_of::<TopicFields>() == size_of::<rd_kafka_metadata_topic_t>());
    assert!(offset_of!(TopicFields, name) == offset_of!(rd_kafka_metadata_topic_t, topic));
    assert!(offset_of!(TopicFields, partition_cnt) == offset_of!(rd_kafka_metadata_topic_t, partition_cnt));
    assert!(offset_of!(TopicFields, partitions) == offset_of!(rd_kafka_metadata_topic_t, partitions));
    assert!(offset_of!(TopicFields, err) == offset_of!(rd_kafka_metadata_topic_t, err));
    assert!(size_of::<PartitionFields>() == size_of::<rd_kafka_metadata_partition_t>());
    assert!(offset_of!(PartitionFields, id) == offset_of!(rd_kafka_metadata_partition_t, id));
    assert!(offset_of!(PartitionFields, err) == offset_of!(rd_kafka_metadata_partition_t, err));
    assert!(offset_of!(PartitionFields, leader) == offset_of!(rd_kafka_metadata_partition_t, leader));
    assert!(
        offset_of!(PartitionFields, replica_cnt) == offset_of!(rd_kafka_metadata_partition_t, replica_cnt)
    );
    assert!(offset_of!(PartitionFields, replicas) == offset_of!(rd_kafka_metadata_partition_t, replicas));
    assert!(offset_of!(PartitionFields, isr_cnt) == offset_of!(rd_kafka_metadata_partition_t, isr_cnt));
    assert!(offset_of!(PartitionFields, isrs) == offset_of!(rd_kafka_metadata_partition_t, isrs));
};
