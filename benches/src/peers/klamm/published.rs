//! Pipelines with handlers that sleep on threads.

use std::{
    convert::Infallible,
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
    thread,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use klamm_combinators::{ProcessError, Record, RecordsExt, Report};
use klamm_core::{BorrowedMessage, Message};
use klamm_stream::Consumer;
use tokio::{runtime, task::spawn_blocking, time::timeout};

use super::pipelines;
use crate::{
    area::Meter,
    peers::handled::Handled,
    pipelines::Schedule,
    published::{Scene, THREADS},
    topic::Topic,
};

/// How long a case may take.
const DEADLINE: Duration = Duration::from_secs(120);
/// Handlers sleep for less than so many milliseconds.
const MILLIS: u64 = 5;

/// Handles the messages in the scene's order, as the only member of a group.
///
/// # Errors
///
/// If the consumer does not start, or not all messages are handled within two minutes.
pub fn published(scene: &Scene, meter: &mut Meter<'_>) -> Result<()> {
    let topic = &scene.pipeline.topic;
    if !scene.sleeps {
        return pipelines(&scene.pipeline, meter);
    }
    let consumer = Consumer::builder(topic.consumer_config()).subscribe([Topic::NAME])?;
    topic.wait_until_fetched(|| consumer.diagnostics().waiting())?;
    let handled = Handled::default();
    let handler = async |message: &Record<'_, BorrowedMessage<'_>>| {
        let time = sleep_of(message.offset());
        let slept = spawn_blocking(move || thread::sleep(time)).await;
        if slept.is_ok() {
            handled.add(message.payload().map_or(0, <[u8]>::len));
        }
        Ok::<_, Infallible>(())
    };
    let records = consumer.records();
    match scene.pipeline.schedule {
        Schedule::Serial => measure(topic, &handled, meter, records.process(handler)),
        Schedule::ByPartition => measure(topic, &handled, meter, records.by_partition().process(handler)),
        Schedule::ByKey => measure(topic, &handled, meter, records.by_key(THREADS).process(handler)),
        Schedule::Unordered => measure(topic, &handled, meter, records.unordered(THREADS).process(handler)),
        schedule => bail!("{schedule:?} has no handler"),
    }
}

/// Measures a pipeline until all messages are handled.
fn measure(
    topic: &Topic,
    handled: &Handled,
    meter: &mut Meter<'_>,
    pipeline: impl Future<Output = Result<Report, ProcessError<Infallible>>>,
) -> Result<()> {
    let mut runtime = runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().max_blocking_threads(THREADS).build()?;
    let mut pipeline = pin!(pipeline);
    let mut outcome = Ok(());
    meter(&mut || {
        let all = poll_fn(|cx| {
            let is_over = pipeline.as_mut().poll(cx).is_ready();
            let is_done = handled.work().messages >= topic.messages();
            if is_over || is_done { Poll::Ready(()) } else { Poll::Pending }
        });
        outcome = runtime.block_on(async { timeout(DEADLINE, all).await });
        handled.work()
    });
    outcome.context("not all messages are handled in time")
}

/// How long the message at an offset takes: whole milliseconds, spread evenly and the same in each run.
fn sleep_of(offset: i64) -> Duration {
    let spread = offset.unsigned_abs().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    Duration::from_millis(spread % MILLIS)
}

#[cfg(test)]
mod tests {
    use super::sleep_of;

    #[test]
    fn handlers_sleep_two_milliseconds_on_average_and_four_at_most() {
        let times = (0..10_000).map(|offset| sleep_of(offset).as_millis()).collect::<Vec<_>>();
        assert_eq!(times.iter().max(), Some(&4));
        assert!((19_500..20_500).contains(&times.iter().sum::<u128>()));
    }
}
