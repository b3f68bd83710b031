//! One consumer for many messages, and many consumers.

use std::time::Duration;

use anyhow::{Context, Result};
use futures_util::{Stream, StreamExt};
use klamm_core::{BorrowedMessage, Error, Message};
use klamm_stream::Consumer;
use tokio::{runtime, time::timeout};

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
    let runtime = runtime::Builder::new_current_thread().enable_time().build()?;
    let start = || Consumer::builder(trial.consumer_config()).subscribe([Topic::NAME]);
    match case.unit {
        Unit::Message => {
            let consumer = start()?;
            let mut stream = consumer.stream();
            trial.messages(meter, |count| runtime.block_on(read(&mut stream, count)))
        }
        Unit::Client => trial.clients(meter, || {
            let consumer = start()?;
            runtime.block_on(read(&mut consumer.stream(), 1))
        }),
    }
}

/// Reads so many messages: borrowed, shared and detached in turn.
async fn read<'c>(
    stream: &mut (impl Stream<Item = Result<BorrowedMessage<'c>, Error>> + Unpin),
    count: usize,
) -> Result<Work> {
    let mut work = Work::default();
    while work.messages < count {
        let message = timeout(DEADLINE, stream.next()).await?.context("the stream has ended")??;
        work.add(match work.messages % 3 {
            0 => payload(&message),
            1 => payload(&message.share()),
            _ => payload(&message.detach()),
        });
    }
    Ok(work)
}

fn payload(message: &impl Message) -> usize {
    message.payload().map_or(0, <[u8]>::len)
}
