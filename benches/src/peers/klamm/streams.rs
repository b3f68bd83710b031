//! Klamm's own stream, and `recv`.

use anyhow::Result;
use klamm_core::Message;
use klamm_stream::Consumer;

use super::dequeue;
use crate::{
    area::Meter,
    measure::Work,
    peers::drain::poll_through,
    streams::{Scene, Way},
    topic::Topic,
};

/// Reads the topic through [`Consumer::stream`] or [`Consumer::recv`], as the only member of its group.
///
/// # Errors
///
/// If the consumer does not start, or does not get all messages into its queues.
pub fn streams(scene: &Scene, meter: &mut Meter<'_>) -> Result<()> {
    if scene.way == Way::Stream {
        return dequeue(&scene.topic, meter);
    }
    let topic = &scene.topic;
    let consumer = Consumer::builder(topic.consumer_config()).subscribe([Topic::NAME])?;
    topic.wait_until_fetched(|| consumer.diagnostics().waiting())?;
    let wanted = topic.messages();
    meter(&mut || {
        let mut read = Work::default();
        poll_through(wanted, async {
            let (mut left, mut bytes) = (wanted, 0);
            while left > 0 {
                let Ok(message) = consumer.recv().await else { break };
                left -= 1;
                bytes += message.payload().map_or(0, <[u8]>::len);
            }
            read = Work { messages: wanted - left, bytes };
        });
        read
    });
    Ok(())
}
