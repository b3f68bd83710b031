//! Two threads over the consumer's queue.

use std::{
    ptr,
    sync::{
        Barrier, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use anyhow::Result;
use rdkafka_sys::rd_kafka_message_destroy;

use super::{client::Client, queue::SharedQueue};
use crate::{area::Meter, live::Log, measure::Work, peers::wait, topic::Topic};

/// Messages in a call.
const BATCH: usize = 256;

/// Reads the log with a thread for each worker, in batches of 256.
///
/// # Errors
///
/// If the consumer does not start, or gets too few messages.
pub fn live(log: &Log, meter: &mut Meter<'_>) -> Result<()> {
    let client = Client::consumer(&log.consumer_config(1))?;
    let queue = SharedQueue::of(&client)?;
    client.assign(Topic::NAME, log.partitions())?;
    wait::until("nothing is fetched ahead", || queue.len() >= log.ahead())?;
    let left = &AtomicUsize::new(log.messages());
    let sum = &Mutex::new(Work::default());
    // The threads are there before and after, as those of a runtime are.
    let [begin, end, over] = &[(); 3].map(|()| Barrier::new(Log::WORKERS + 1));
    thread::scope(|scope| {
        let queue = &queue;
        for _ in 0..Log::WORKERS {
            scope.spawn(move || {
                begin.wait();
                let done = drain(queue, left);
                let mut sum = sum.lock().unwrap_or_else(PoisonError::into_inner);
                *sum = *sum + done;
                drop(sum);
                end.wait();
                over.wait();
            });
        }
        meter(&mut || {
            begin.wait();
            end.wait();
            *sum.lock().unwrap_or_else(PoisonError::into_inner)
        });
        over.wait();
    });
    Ok(())
}

/// Reads until nothing is left for any worker.
fn drain(queue: &SharedQueue<'_>, left: &AtomicUsize) -> Work {
    let mut batch = [ptr::null_mut(); BATCH];
    let mut work = Work::default();
    while left.load(Ordering::Acquire) > 0 {
        let taken = queue.take(&mut batch);
        for message in &batch[..taken] {
            // SAFETY: the message was taken just now, and is live until it is destroyed below.
            let bytes = unsafe { (**message).len };
            work.add(bytes);
            // SAFETY: ours, and not used again.
            unsafe { rd_kafka_message_destroy(*message) };
        }
        left.fetch_sub(taken, Ordering::AcqRel);
    }
    work
}
