//! The loops over `StreamConsumer::stream` and `StreamConsumer::recv`.

use anyhow::Result;
use rdkafka::Message;
use tokio::runtime;

use super::{
    client::{assigned, queued},
    dequeue,
};
use crate::{
    area::Meter,
    measure::Work,
    peers::drain::poll_through,
    streams::{Scene, Way},
    topic::Topic,
};

/// Reads the topic through `StreamConsumer::stream` or `recv`, assigned to all its partitions.
///
/// # Errors
///
/// If the consumer does not start, or does not get all messages into its queue.
pub fn streams(scene: &Scene, meter: &mut Meter<'_>) -> Result<()> {
    if scene.way == Way::Stream {
        return dequeue(&scene.topic, meter);
    }
    let topic = &scene.topic;
    // The consumer spawns a timer of minutes, and asks for nothing else.
    let runtime = runtime::Builder::new_current_thread().enable_time().build()?;
    let _inside = runtime.enter();
    let consumer = assigned(&topic.consumer_config(), Topic::NAME, topic.partitions())?;
    topic.wait_until_fetched(|| queued(&consumer))?;
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
