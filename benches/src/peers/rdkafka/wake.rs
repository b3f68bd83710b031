//! A task that waits for a message of a `StreamConsumer`.

use anyhow::{Context, Result};
use futures_util::{FutureExt, StreamExt};
use rdkafka::Message;
use tokio::runtime;

use super::client::assigned;
use crate::{area::Meter, topic::Topic, wake::Log};

/// Waits for each message, assigned to the partition.
///
/// # Errors
///
/// If the consumer does not start, or the messages do not come one by one.
pub fn wake(log: &Log, meter: &mut Meter<'_>) -> Result<()> {
    let runtime = runtime::Builder::new_current_thread().enable_time().build()?;
    let inside = runtime.enter();
    let consumer = assigned(&log.consumer_config(), Topic::NAME, Log::partitions())?;
    drop(inside);
    let mut stream = consumer.stream();
    log.wait_for_each(
        meter,
        &mut stream,
        |stream| stream.next().now_or_never().is_some(),
        |stream| {
            let message = runtime.block_on(stream.next()).context("the stream has ended")??;
            Ok(message.payload().map_or(0, <[u8]>::len))
        },
    )
}
