//! Klamm's own stream, and `recv`.

use anyhow::Result;
use klamm_core::Message;
use klamm_stream::Consumer;

use super::dequeue;
use crate::{
    area::Meter,
    peers::drain::drain_by,
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
    meter(&mut || {
        drain_by(topic.messages(), async || {
            consumer.recv().await.ok().map(|message| message.payload().map_or(0, <[u8]>::len))
        })
    });
    Ok(())
}
