//! Klamm's own stream.

use anyhow::Result;
use klamm_core::Message;
use klamm_stream::Consumer;

use crate::peers::drain::drain;
use crate::{area::Meter, topic::Topic};

/// Reads the topic through [`Consumer::stream`], as the only member of its group.
///
/// # Errors
///
/// If the consumer does not start, or does not get all messages into its queues.
pub fn dequeue(topic: &Topic, meter: &mut Meter<'_>) -> Result<()> {
    let consumer = Consumer::builder(topic.consumer_config()).subscribe([Topic::NAME])?;
    topic.wait_until_fetched(|| consumer.diagnostics().waiting())?;
    let mut stream = consumer.stream();
    meter(&mut || {
        drain(&mut stream, topic.messages(), |item| {
            item.as_ref().ok().map(|message| message.payload().map_or(0, <[u8]>::len))
        })
    });
    Ok(())
}
