//! Two streams of one consumer.

use anyhow::Result;
use klamm_core::Message;
use klamm_stream::Consumer;

use crate::{
    area::Meter,
    live::Log,
    peers::{
        wait,
        workers::{self, read},
    },
    topic::Topic,
};

/// Reads the log with a stream for each worker, as the only member of a group.
///
/// # Errors
///
/// If the consumer does not start, or gets too few messages.
pub fn live(log: &Log, meter: &mut Meter<'_>) -> Result<()> {
    let consumer =
        Consumer::builder(log.consumer_config(log.partitions().count())).subscribe([Topic::NAME])?;
    wait::until("nothing is fetched ahead", || consumer.diagnostics().waiting() >= log.ahead())?;
    workers::measure(log, &workers::runtime()?, meter, |tally| {
        let consumer = consumer.clone();
        async move {
            read(consumer.stream(), &tally, |item| {
                item.as_ref().ok().map(|message| message.payload().map_or(0, <[u8]>::len))
            })
            .await;
        }
    })
}
