//! Borrowed and owned messages; there are no shared ones.

use std::hint::black_box;

use anyhow::{Result, bail};
use rdkafka::{
    Message,
    message::{BorrowedMessage, Headers},
};
use tokio::runtime;

use super::client::{assigned, queued};
use crate::{
    area::Meter,
    measure::Work,
    ownership::{Ring, Scene, Way},
    peers::drain::each,
    topic::Topic,
};

/// Takes all messages from `StreamConsumer::stream`, and does with them what the scene says.
///
/// # Errors
///
/// If they are to be shared, if the consumer does not start, or does not get all messages.
pub fn ownership(scene: &Scene, meter: &mut Meter<'_>) -> Result<()> {
    let Scene { topic, way, has_headers } = scene;
    let keep = match way {
        Way::Borrow => borrow,
        Way::Detach => detach,
        Way::Share => bail!("the crate has no messages that outlive their consumer uncopied"),
    };
    // As in the area of reading.
    let runtime = runtime::Builder::new_current_thread().enable_time().build()?;
    let _inside = runtime.enter();
    let consumer = assigned(&topic.consumer_config(), Topic::NAME, topic.partitions())?;
    topic.wait_until_fetched(|| queued(&consumer))?;
    let mut messages = Vec::with_capacity(topic.messages());
    let mut stream = consumer.stream();
    topic.wait_until_fetched(|| {
        let left = topic.messages() - messages.len();
        each(&mut stream, left, |item| item.map(|message| messages.push(message)).is_ok());
        messages.len()
    })?;
    meter(&mut || keep(std::mem::take(&mut messages), *has_headers));
    Ok(())
}

fn borrow(messages: Vec<BorrowedMessage<'_>>, has_headers: bool) -> Work {
    let mut work = Work::default();
    for message in messages {
        let headers = if has_headers { headers(&message) } else { 0 };
        black_box((
            message.key(),
            message.topic(),
            message.partition(),
            message.offset(),
            message.timestamp(),
        ));
        work.add(payload(&message) + headers);
    }
    work
}

fn detach(messages: Vec<BorrowedMessage<'_>>, _has_headers: bool) -> Work {
    let mut work = Work::default();
    let mut ring = Ring::new();
    for message in messages {
        let owned = message.detach();
        drop(message);
        work.add(payload(&owned));
        ring.keep(owned);
    }
    work
}

fn payload(message: &impl Message) -> usize {
    message.payload().map_or(0, <[u8]>::len)
}

/// Reads the headers, and returns how many bytes they have.
fn headers(message: &impl Message) -> usize {
    let headers = message.headers().into_iter().flat_map(Headers::iter);
    headers.map(|header| black_box(header.key).len() + black_box(header.value).map_or(0, <[u8]>::len)).sum()
}
