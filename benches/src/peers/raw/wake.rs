//! A task that is woken by the queue's callback.

use std::{
    ffi::c_void,
    future::poll_fn,
    ptr,
    sync::{Mutex, PoisonError},
    task::{Poll, Waker},
};

use anyhow::Result;
use rdkafka_sys::{rd_kafka_message_destroy, rd_kafka_queue_cb_event_enable, rd_kafka_t};
use tokio::runtime;

use super::{client::Client, queue::PartitionQueue};
use crate::{area::Meter, topic::Topic, wake::Log};

/// Who waits.
type Parked = Mutex<Option<Waker>>;

/// Waits for each message, assigned to the partition.
///
/// # Errors
///
/// If the consumer does not start, or the messages do not come one by one.
pub fn wake(log: &Log, meter: &mut Meter<'_>) -> Result<()> {
    let runtime = runtime::Builder::new_current_thread().enable_time().build()?;
    let parked = Parked::default();
    let client = Client::consumer(&log.consumer_config())?;
    let mut reader = Reader::new(PartitionQueue::split(&client, Topic::NAME, 0)?, &parked);
    client.assign(Topic::NAME, Log::partitions())?;
    log.wait_for_each(
        meter,
        &mut reader,
        |reader| reader.take().is_some(),
        |reader| {
            Ok(runtime.block_on(poll_fn(|cx| {
                if let Some(bytes) = reader.take() {
                    return Poll::Ready(bytes);
                }
                *lock(reader.parked) = Some(cx.waker().clone());
                // Look again: what came before has woken nobody.
                reader.take().map_or(Poll::Pending, Poll::Ready)
            })))
        },
    )
}

/// A queue, and who waits for it.
struct Reader<'c> {
    queue: PartitionQueue<'c>,
    parked: &'c Parked,
}

impl<'c> Reader<'c> {
    fn new(queue: PartitionQueue<'c>, parked: &'c Parked) -> Self {
        let opaque = ptr::from_ref(parked).cast_mut().cast();
        // SAFETY: the queue is live; the callback is taken back before `parked` can go, when the reader is dropped.
        unsafe { rd_kafka_queue_cb_event_enable(queue.as_ptr(), Some(on_non_empty), opaque) };
        Self { queue, parked }
    }

    /// Takes a message, and returns the length of its payload.
    fn take(&mut self) -> Option<usize> {
        let mut slot = [ptr::null_mut()];
        if self.queue.take(&mut slot) == 0 {
            return None;
        }
        // SAFETY: the message was taken just now, and is live until it is destroyed below.
        let bytes = unsafe { (*slot[0]).len };
        // SAFETY: ours, and not used again.
        unsafe { rd_kafka_message_destroy(slot[0]) };
        Some(bytes)
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        // SAFETY: the queue is live; after this no call runs or starts.
        unsafe { rd_kafka_queue_cb_event_enable(self.queue.as_ptr(), None, ptr::null_mut()) };
    }
}

unsafe extern "C" fn on_non_empty(_: *mut rd_kafka_t, opaque: *mut c_void) {
    // SAFETY: registered with a place that outlives the registration.
    let parked = unsafe { &*opaque.cast::<Parked>() };
    let waker = lock(parked).take();
    if let Some(waker) = waker {
        waker.wake();
    }
}

fn lock(parked: &Parked) -> std::sync::MutexGuard<'_, Option<Waker>> {
    parked.lock().unwrap_or_else(PoisonError::into_inner)
}
