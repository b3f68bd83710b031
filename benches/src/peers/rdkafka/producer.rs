//! Futures of deliveries, and a context that hears of them.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{self, Thread},
    time::Duration,
};

use anyhow::{Result, ensure};
use futures_util::{StreamExt, future, stream};
use rdkafka::{
    ClientConfig, ClientContext,
    producer::{
        BaseRecord, DeliveryFuture, DeliveryResult, FutureProducer, FutureRecord, Producer, ProducerContext,
        ThreadedProducer,
    },
    util::Timeout,
};
use tokio::runtime::{Builder, Runtime};

use crate::{area::Meter, measure::Work, producer::Records, topic::Topic};

fn settings(records: &Records) -> ClientConfig {
    records.config().iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

/// Sends by `send`, whose futures do nothing until they are polled: as many of them are polled together.
///
/// # Errors
///
/// If the producer does not start, or a record is not delivered.
pub fn future_producer(records: &Records, meter: &mut Meter<'_>) -> Result<()> {
    let case = records.case();
    let (runtime, producer) = start(records)?;
    let payload = vec![b'.'; case.payload];
    let send = || async {
        let record = FutureRecord::<(), _>::to(Topic::NAME).partition(0).payload(&payload);
        usize::from(producer.send(record, Timeout::Never).await.is_err())
    };
    let mut failed = runtime.block_on(send());
    meter(&mut || {
        let mut work = Work::default();
        let sent = stream::repeat_with(send).take(case.records).buffer_unordered(case.in_flight);
        runtime.block_on(sent.for_each(|one| {
            failed += one;
            work.add(case.payload);
            future::ready(())
        }));
        work
    });
    ensure!(failed == 0, "{failed} records were not delivered");
    Ok(())
}

/// Sends by `send_result`, which takes the record at once, and awaits the oldest delivery when as many are under way.
///
/// # Errors
///
/// If the producer does not start, or a record is not delivered.
pub fn future_producer_by_result(records: &Records, meter: &mut Meter<'_>) -> Result<()> {
    let case = records.case();
    let (runtime, producer) = start(records)?;
    let payload = vec![b'.'; case.payload];
    let send = || {
        let record = FutureRecord::<(), _>::to(Topic::NAME).partition(0).payload(&payload);
        producer.send_result(record).map_err(|(error, _)| error)
    };
    let fails = |outcome: <DeliveryFuture as Future>::Output| usize::from(!matches!(outcome, Ok(Ok(_))));
    let mut failed = fails(runtime.block_on(send()?));
    meter(&mut || {
        let mut work = Work::default();
        let mut under_way = VecDeque::<DeliveryFuture>::with_capacity(case.in_flight);
        runtime.block_on(async {
            for _ in 0..case.records {
                if under_way.len() == case.in_flight {
                    let oldest = under_way.pop_front().expect("there are some");
                    failed += fails(oldest.await);
                    work.add(case.payload);
                }
                match send() {
                    Ok(delivery) => under_way.push_back(delivery),
                    Err(_) => failed += 1,
                }
            }
            for delivery in under_way {
                failed += fails(delivery.await);
                work.add(case.payload);
            }
        });
        work
    });
    ensure!(failed == 0, "{failed} records were not delivered");
    Ok(())
}

fn start(records: &Records) -> Result<(Runtime, FutureProducer)> {
    let runtime = Builder::new_current_thread().enable_time().build()?;
    let producer = {
        let _inside = runtime.enter();
        settings(records).create()?
    };
    Ok((runtime, producer))
}

/// Counts deliveries, and wakes the sender.
struct Counting {
    sender: Thread,
    delivered: Arc<AtomicUsize>,
    failed: Arc<AtomicUsize>,
}

impl ClientContext for Counting {}

impl ProducerContext for Counting {
    type DeliveryOpaque = ();

    fn delivery(&self, report: &DeliveryResult<'_>, (): ()) {
        self.failed.fetch_add(usize::from(report.is_err()), Ordering::Relaxed);
        self.delivered.fetch_add(1, Ordering::Release);
        self.sender.unpark();
    }
}

/// Sends from a thread that parks when as many are under way; the context counts the deliveries.
///
/// # Errors
///
/// If the producer does not start, or a record is not delivered.
pub fn threaded_producer(records: &Records, meter: &mut Meter<'_>) -> Result<()> {
    let case = records.case();
    let (delivered, failed) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
    let context = Counting {
        sender: thread::current(),
        delivered: Arc::clone(&delivered),
        failed: Arc::clone(&failed),
    };
    let producer: ThreadedProducer<Counting> = settings(records).create_with_context(context)?;
    let payload = vec![b'.'; case.payload];
    let send = || {
        let record = BaseRecord::<(), _>::to(Topic::NAME).partition(0).payload(&payload);
        producer.send(record).map_err(|(error, _)| error)
    };
    let wait_for = |count: usize| {
        while delivered.load(Ordering::Acquire) < count {
            thread::park();
        }
    };
    send()?;
    wait_for(1);
    meter(&mut || {
        let mut work = Work::default();
        for sent in 0..case.records {
            // One more: that before the measurement.
            wait_for((sent + 2).saturating_sub(case.in_flight));
            failed.fetch_add(usize::from(send().is_err()), Ordering::Relaxed);
            work.add(case.payload);
        }
        wait_for(case.records + 1);
        work
    });
    producer.flush(Duration::from_secs(1))?;
    let failed = failed.load(Ordering::Relaxed);
    ensure!(failed == 0, "{failed} records were not delivered");
    Ok(())
}
