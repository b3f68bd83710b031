//! Queues: one read as events, and one for each assigned partition read as messages.

use std::{
    ffi::{c_int, c_void},
    fmt,
    ptr::{self, NonNull},
    sync::Arc,
    time::Duration,
};

use super::batch::Batch;
use super::client::Client;
use super::event::Event;
use super::guard::guarded;
use super::ledger::{
    rd_kafka_consume_batch_queue, rd_kafka_queue_cb_event_enable, rd_kafka_queue_destroy,
    rd_kafka_queue_forward, rd_kafka_queue_get_consumer, rd_kafka_queue_get_main,
    rd_kafka_queue_get_partition, rd_kafka_queue_length, rd_kafka_queue_poll, rd_kafka_queue_t,
    rd_kafka_queue_yield, rd_kafka_t,
};
use super::text::{c_string, timeout_ms};
use crate::{Epoch, Error, ErrorCode, ErrorKind, TopicPartition};

/// A reference to one of librdkafka's queues.
struct QueueHandle {
    ptr: NonNull<rd_kafka_queue_t>,
    client: Client,
}

// SAFETY: N4, queues have a lock of their own.
unsafe impl Send for QueueHandle {}
// SAFETY: as above.
unsafe impl Sync for QueueHandle {}

impl Drop for QueueHandle {
    fn drop(&mut self) {
        // SAFETY: our reference (N3); the client field is dropped after this (N1).
        unsafe { rd_kafka_queue_destroy(self.ptr.as_ptr()) };
    }
}

/// A queue that is read as events: a consumer's or a producer's.
///
/// It must be read by one thread. It is never read as messages, since librdkafka would then answer rebalances by itself
/// (`rd_kafka_consume_batch_queue` on a queue with rebalance events).
pub struct EventQueue {
    handle: Arc<QueueHandle>,
}

impl EventQueue {
    /// Returns a consumer's queue, on which everything but the messages of split partitions arrives.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operation`](crate::ErrorKind::Operation) if the client is not a consumer with a group.
    pub fn of_consumer(client: &Client) -> Result<Self, Error> {
        // SAFETY: the handle is live (N1).
        let ptr = unsafe { rd_kafka_queue_get_consumer(client.as_ptr()) };
        let ptr = NonNull::new(ptr).ok_or(Error::from(ErrorKind::Operation {
            operation: "rd_kafka_queue_get_consumer",
            code: ErrorCode::STATE,
            reason: "the client is not a consumer with a group".to_owned(),
        }))?;
        Ok(Self { handle: Arc::new(QueueHandle { ptr, client: client.clone() }) })
    }

    /// Returns a client's main queue, on which a producer's delivery reports arrive.
    pub fn main(client: &Client) -> Self {
        // SAFETY: the handle is live (N1).
        let ptr = unsafe { rd_kafka_queue_get_main(client.as_ptr()) };
        let ptr = NonNull::new(ptr).expect("every client has a main queue");
        Self { handle: Arc::new(QueueHandle { ptr, client: client.clone() }) }
    }

    /// Waits for the next event, up to `timeout` (for ever with `None`), or until it is [interrupted](Interrupt).
    ///
    /// While it waits the client counts as polled (`max.poll.interval.ms`).
    pub fn poll(&mut self, timeout: Option<Duration>) -> Option<Event> {
        // SAFETY: our reference (N3) to a queue of a live client (N1).
        let event = unsafe { rd_kafka_queue_poll(self.handle.ptr.as_ptr(), counted_ms(timeout)) };
        // SAFETY: librdkafka gives the event to us, and this is the only place that takes it.
        Some(unsafe { Event::take(NonNull::new(event)?, &self.handle.client) })
    }

    /// Returns a handle that ends a wait from another thread.
    pub fn interrupt(&self) -> Interrupt {
        Interrupt { handle: Arc::clone(&self.handle) }
    }

    pub(super) fn as_ptr(&self) -> *mut rd_kafka_queue_t {
        self.handle.ptr.as_ptr()
    }

    pub(super) fn client(&self) -> &Client {
        &self.handle.client
    }
}

/// Converts a time limit so that the wait counts as one.
///
/// `rd_kafka_app_poll_start` takes the microseconds as an 8-bit truth, in which multiples of 32 ms are false.
fn counted_ms(timeout: Option<Duration>) -> c_int {
    match timeout_ms(timeout) {
        millis if millis > 0 => millis | 1,
        millis => millis,
    }
}

impl fmt::Debug for EventQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventQueue").finish_non_exhaustive()
    }
}

/// Ends the wait of an [`EventQueue`] from another thread.
#[derive(Clone)]
pub struct Interrupt {
    handle: Arc<QueueHandle>,
}

impl Interrupt {
    /// Ends the present wait, or the next one if there is none (`rd_kafka_queue_yield`).
    pub fn interrupt(&self) {
        // SAFETY: our reference (N3) to a queue of a live client (N1).
        unsafe { rd_kafka_queue_yield(self.handle.ptr.as_ptr()) };
    }
}

impl fmt::Debug for Interrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interrupt").finish_non_exhaustive()
    }
}

/// Hears of a queue that turns non-empty.
///
/// It is called inside librdkafka's locks, on any of its threads or on one that is inside a librdkafka call: use atomics
/// and wake a task, nothing else (rule N6). It is not called again while the queue stays non-empty.
pub trait QueueListener: Send + Sync + 'static {
    /// The queue was empty, and is not any more.
    fn non_empty(&self);
}

/// The queue of one assigned partition: the only owner of its callback slot.
///
/// It is split from the consumer queue for good: librdkafka never forwards a partition again that was split once. Drop
/// it only when the partition is no longer assigned.
pub struct PartitionQueue {
    handle: QueueHandle,
    partition: TopicPartition,
    /// The topic's index in the client's table.
    topic: usize,
    listener: NonNull<Arc<dyn QueueListener>>,
}

// SAFETY: the listener is `Send + Sync`; the handle is.
unsafe impl Send for PartitionQueue {}
// SAFETY: as above; reading takes `&mut self`.
unsafe impl Sync for PartitionQueue {}

impl PartitionQueue {
    /// Splits a partition's queue from the consumer queue, and has `listener` called when it turns non-empty.
    ///
    /// To be called before the partition is assigned, else messages that are already there stay on the consumer queue.
    /// A queue that holds messages already calls nobody: look before you wait.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operation`](crate::ErrorKind::Operation) with `STATE` while another owner exists, or if the name
    /// cannot be a topic's.
    pub fn split(
        client: &Client,
        partition: TopicPartition,
        listener: Arc<dyn QueueListener>,
    ) -> Result<Self, Error> {
        const OPERATION: &str = "rd_kafka_queue_get_partition";
        let refused = |reason: &str| {
            Error::from(ErrorKind::Operation {
                operation: OPERATION,
                code: ErrorCode::STATE,
                reason: format!("{partition}: {reason}"),
            })
        };
        let topic = c_string(OPERATION, &partition.topic)?;
        if !client.take_split(&partition) {
            return Err(refused("the queue has an owner already"));
        }
        // SAFETY: the handle is live (N1); the name ends with NUL and is copied.
        let ptr =
            unsafe { rd_kafka_queue_get_partition(client.as_ptr(), topic.as_ptr(), partition.partition) };
        let Some(ptr) = NonNull::new(ptr) else {
            client.return_split(&partition);
            return Err(refused("there is no such queue"));
        };
        let handle = QueueHandle { ptr, client: client.clone() };
        // SAFETY: our reference; forwarding to null splits the queue off.
        unsafe { rd_kafka_queue_forward(ptr.as_ptr(), ptr::null_mut()) };
        let listener = Box::into_raw(Box::new(listener));
        // SAFETY: our reference; the listener is freed by `Drop` only, after it is unregistered (N7).
        unsafe { rd_kafka_queue_cb_event_enable(ptr.as_ptr(), Some(on_non_empty), listener.cast()) };
        let listener = NonNull::new(listener).expect("a box is not null");
        let topic = client.topic(&partition.topic).index();
        Ok(Self { handle, partition, topic, listener })
    }

    /// Takes up to a batch of messages without waiting (`rd_kafka_consume_batch_queue` with timeout 0).
    ///
    /// Messages that a seek, a pause or a rebalance has outdated are left out, and freed. Errors stand among the messages.
    ///
    /// # Panics
    ///
    /// If `batch` is another client's, or not empty.
    pub fn take(&mut self, batch: &mut Batch, epoch: Epoch) -> usize {
        assert!(batch.is_of(&self.handle.client), "the batch and the queue are of two clients");
        let topic = self.handle.client.topics().get(self.topic);
        let queue = self.handle.ptr;
        batch.refill(topic, epoch, |slots| {
            // SAFETY: our reference to a queue of a live client (N1), read by nobody else (N4, `&mut self`); C writes at
            // most as many pointers as there are slots.
            let count =
                unsafe { rd_kafka_consume_batch_queue(queue.as_ptr(), 0, slots.as_mut_ptr(), slots.len()) };
            usize::try_from(count).unwrap_or(0)
        })
    }

    /// Returns how many messages wait in librdkafka, outdated ones included (`rd_kafka_queue_length`).
    pub fn len(&self) -> usize {
        // SAFETY: our reference to a queue of a live client (N1).
        unsafe { rd_kafka_queue_length(self.handle.ptr.as_ptr()) }
    }

    /// Tells whether no message waits in librdkafka.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Drop for PartitionQueue {
    fn drop(&mut self) {
        // SAFETY: our reference; when this returns, no call of the listener is running or will ever start (N7).
        unsafe { rd_kafka_queue_cb_event_enable(self.handle.ptr.as_ptr(), None, ptr::null_mut()) };
        // SAFETY: made by `Box::into_raw`, and unregistered just now.
        drop(unsafe { Box::from_raw(self.listener.as_ptr()) });
        self.handle.client.return_split(&self.partition);
    }
}

impl fmt::Debug for PartitionQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PartitionQueue").field(&self.partition).finish()
    }
}

unsafe extern "C" fn on_non_empty(_: *mut rd_kafka_t, opaque: *mut c_void) {
    guarded("queue non-empty", || {
        // SAFETY: registered with a listener that is freed only after it is unregistered (N7).
        let listener = unsafe { &*opaque.cast::<Arc<dyn QueueListener>>() };
        listener.non_empty();
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_with_a_limit_counts_as_a_wait() {
        for millis in [1, 31, 32, 64, 320_000] {
            let counted = counted_ms(Some(Duration::from_millis(millis)));
            assert!(i64::from(counted) * 1_000 % 256 != 0, "{millis} became {counted}");
        }
        assert_eq!((counted_ms(None), counted_ms(Some(Duration::ZERO))), (-1, 0));
    }
}
