//! A partition's queue, split from the consumer's, and the consumer's own.

use std::{
    ffi::{CString, c_int},
    marker::PhantomData,
    ptr::{self, NonNull},
};

use anyhow::{Context, Result};
use rdkafka_sys::{
    rd_kafka_consume_batch_queue, rd_kafka_message_t, rd_kafka_queue_destroy, rd_kafka_queue_forward,
    rd_kafka_queue_get_consumer, rd_kafka_queue_get_partition, rd_kafka_queue_length, rd_kafka_queue_t,
};

use super::client::Client;

/// A partition's queue, split from the consumer's.
pub(super) struct PartitionQueue<'c> {
    queue: NonNull<rd_kafka_queue_t>,
    client: PhantomData<&'c Client>,
}

impl<'c> PartitionQueue<'c> {
    /// Splits the queue off; to be called before the partition is assigned.
    pub(super) fn split(client: &'c Client, topic: &str, partition: i32) -> Result<Self> {
        let topic = CString::new(topic)?;
        // SAFETY: the handle is live; the name ends with NUL and is copied.
        let queue = unsafe { rd_kafka_queue_get_partition(client.as_ptr(), topic.as_ptr(), partition) };
        let queue = NonNull::new(queue).context("there is no such queue")?;
        // SAFETY: our reference; forwarding to null splits the queue off.
        unsafe { rd_kafka_queue_forward(queue.as_ptr(), ptr::null_mut()) };
        Ok(Self { queue, client: PhantomData })
    }

    pub(super) fn as_ptr(&self) -> *mut rd_kafka_queue_t {
        self.queue.as_ptr()
    }

    /// Returns how many messages wait.
    pub(super) fn len(&self) -> usize {
        // SAFETY: our reference, to a queue of a live client.
        unsafe { rd_kafka_queue_length(self.queue.as_ptr()) }
    }

    /// Takes what waits, as far as there are slots, and returns how many messages the caller must now destroy.
    #[inline]
    pub(super) fn take(&mut self, slots: &mut [*mut rd_kafka_message_t]) -> usize {
        // SAFETY: our reference, to a queue of a live client that nobody else reads; C writes at most as many pointers
        // as there are slots.
        let count =
            unsafe { rd_kafka_consume_batch_queue(self.queue.as_ptr(), 0, slots.as_mut_ptr(), slots.len()) };
        usize::try_from(count).unwrap_or(0)
    }
}

impl Drop for PartitionQueue<'_> {
    fn drop(&mut self) {
        // SAFETY: ours, and not used again; the client is still live.
        unsafe { rd_kafka_queue_destroy(self.queue.as_ptr()) };
    }
}

/// The consumer's own queue, to which those of partitions are forwarded.
pub(super) struct SharedQueue<'c> {
    queue: NonNull<rd_kafka_queue_t>,
    client: PhantomData<&'c Client>,
}

// SAFETY: queues have a lock of their own.
unsafe impl Sync for SharedQueue<'_> {}

impl<'c> SharedQueue<'c> {
    /// How long a call waits for the first message, in milliseconds.
    const WAIT: c_int = 10;

    pub(super) fn of(client: &'c Client) -> Result<Self> {
        // SAFETY: the handle is live.
        let queue = unsafe { rd_kafka_queue_get_consumer(client.as_ptr()) };
        Ok(Self {
            queue: NonNull::new(queue).context("a consumer with a group has a queue")?,
            client: PhantomData,
        })
    }

    /// Returns how many messages wait.
    pub(super) fn len(&self) -> usize {
        // SAFETY: our reference, to a queue of a live client.
        unsafe { rd_kafka_queue_length(self.queue.as_ptr()) }
    }

    /// Waits for messages, and takes as many as there are and fit; the caller must destroy them.
    pub(super) fn take(&self, slots: &mut [*mut rd_kafka_message_t]) -> usize {
        // SAFETY: our reference, to a queue of a live client; C writes at most as many pointers as there are slots.
        let count = unsafe {
            rd_kafka_consume_batch_queue(self.queue.as_ptr(), Self::WAIT, slots.as_mut_ptr(), slots.len())
        };
        usize::try_from(count).unwrap_or(0)
    }
}

impl Drop for SharedQueue<'_> {
    fn drop(&mut self) {
        // SAFETY: ours, and not used again; the client is still live.
        unsafe { rd_kafka_queue_destroy(self.queue.as_ptr()) };
    }
}
