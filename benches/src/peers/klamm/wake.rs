//! A task that waits for a message of Klamm's stream.

use anyhow::{Context, Result};
use futures_util::{FutureExt, StreamExt};
use klamm_core::Message;
use klamm_stream::Consumer;
use tokio::runtime;

use crate::{area::Meter, topic::Topic, wake::Log};

/// Waits for each message, as the only member of a group.
///
/// # Errors
///
/// If the consumer does not start, or the messages do not come one by one.
pub fn wake(log: &Log, meter: &mut Meter<'_>) -> Result<()> {
    let runtime = runtime::Builder::new_current_thread().enable_time().build()?;
    let consumer = Consumer::builder(log.consumer_config()).subscribe([Topic::NAME])?;
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
