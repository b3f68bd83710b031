//! Two streams of one consumer.

use std::sync::Arc;

use anyhow::Result;
use rdkafka::Message;

use super::client::{assigned, queued};
use crate::{
    area::Meter,
    live::Log,
    peers::{
        wait,
        workers::{self, read},
    },
    topic::Topic,
};

/// Reads the log with a stream for each worker, assigned to all partitions.
///
/// # Errors
///
/// If the consumer does not start, or gets too few messages.
pub fn live(log: &Log, meter: &mut Meter<'_>) -> Result<()> {
    let runtime = workers::runtime()?;
    let _inside = runtime.enter();
    let consumer = Arc::new(assigned(&log.consumer_config(1), Topic::NAME, log.partitions())?);
    wait::until("nothing is fetched ahead", || queued(&consumer) >= log.ahead())?;
    workers::measure(log, &runtime, meter, |tally| {
        let consumer = Arc::clone(&consumer);
        async move {
            read(consumer.stream(), &tally, |item| {
                item.as_ref().ok().map(|message| message.payload().map_or(0, <[u8]>::len))
            })
            .await;
        }
    })
}
