//! One consumer for many messages, and many consumers.

use std::time::Duration;

use anyhow::{Context, Result};
use futures_util::{Stream, StreamExt};
use rdkafka::{Message, error::KafkaError, message::BorrowedMessage};
use tokio::{
    runtime::{self, Runtime},
    time::timeout,
};

use super::client::assigned;
use crate::{
    area::Meter,
    measure::Work,
    memory::{Growth, Trial, Unit},
    topic::Topic,
};

/// How long a message may take to come.
const DEADLINE: Duration = Duration::from_secs(60);

/// Reads many messages with one consumer, or one with each of many.
///
/// # Errors
///
/// If a consumer does not start, or gets no messages.
pub fn memory(case: &Growth, meter: &mut Meter<'_>) -> Result<()> {
    let trial = Trial::start(case)?;
    match case.unit {
        Unit::Message => {
            let runtime = runtime()?;
            let _inside = runtime.enter();
            let consumer = assigned(&trial.consumer_config(), Topic::NAME, Trial::partitions())?;
            let mut stream = consumer.stream();
            trial.messages(meter, |count| runtime.block_on(read(&mut stream, count)))
        }
        Unit::Client => trial.clients(meter, || {
            // One for each, which ends the task that the consumer has spawned.
            let runtime = runtime()?;
            let _inside = runtime.enter();
            let consumer = assigned(&trial.consumer_config(), Topic::NAME, Trial::partitions())?;
            runtime.block_on(read(&mut consumer.stream(), 1))
        }),
    }
}

fn runtime() -> Result<Runtime> {
    Ok(runtime::Builder::new_current_thread().enable_time().build()?)
}

/// Reads so many messages: borrowed and detached in turn.
async fn read<'c>(
    stream: &mut (impl Stream<Item = Result<BorrowedMessage<'c>, KafkaError>> + Unpin),
    count: usize,
) -> Result<Work> {
    let mut work = Work::default();
    while work.messages < count {
        let message = timeout(DEADLINE, stream.next()).await?.context("the stream has ended")??;
        work.add(match work.messages % 2 {
            0 => payload(&message),
            _ => payload(&message.detach()),
        });
    }
    Ok(work)
}

fn payload(message: &impl Message) -> usize {
    message.payload().map_or(0, <[u8]>::len)
}
