//! The loop over `StreamConsumer::stream`.

use anyhow::Result;
use rdkafka::Message;
use tokio::runtime;

use super::client::{assigned, queued};
use crate::{area::Meter, peers::drain::drain, topic::Topic};

/// Reads the topic through `StreamConsumer::stream`, assigned to all its partitions.
///
/// # Errors
///
/// If the consumer does not start, or does not get all messages into its queue.
pub fn dequeue(topic: &Topic, meter: &mut Meter<'_>) -> Result<()> {
    // The consumer spawns a timer of minutes, and asks for nothing else.
    let runtime = runtime::Builder::new_current_thread().enable_time().build()?;
    let _inside = runtime.enter();
    let consumer = assigned(&topic.consumer_config(), Topic::NAME, topic.partitions())?;
    topic.wait_until_fetched(|| queued(&consumer))?;
    let mut stream = consumer.stream();
    meter(&mut || {
        drain(&mut stream, topic.messages(), |item| {
            item.as_ref().ok().map(|message| message.payload().map_or(0, <[u8]>::len))
        })
    });
    Ok(())
}
