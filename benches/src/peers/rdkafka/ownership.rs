//! Borrowed and owned messages; there are no shared ones.

use std::hint::black_box;

use anyhow::{Result, ensure};
use rdkafka::{
    Message,
    message::{BorrowedMessage, Headers, OwnedMessage},
};
use tokio::runtime;

use super::client::{assigned, queued};
use crate::{
    area::Meter,
    measure::Work,
    ownership::{Ring, Scene, Way, portions},
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
    ensure!(*way != Way::Share, "the crate has no messages that outlive their consumer uncopied");
    // As in the area of reading.
    let runtime = runtime::Builder::new_current_thread().enable_time().build()?;
    let _inside = runtime.enter();
    let consumer = assigned(&topic.consumer_config(), Topic::NAME, topic.partitions())?;
    topic.wait_until_fetched(|| queued(&consumer))?;
    let mut stream = consumer.stream();
    let mut ring = Ring::new();
    portions(
        topic,
        |portion, count| each(&mut stream, count, |item| item.map(|message| portion.push(message)).is_ok()),
        |portion| {
            meter(&mut || match way {
                Way::Borrow | Way::Share => borrow(portion, *has_headers),
                Way::Detach => detach(portion, &mut ring),
            });
        },
    )
}

fn borrow(messages: &mut Vec<BorrowedMessage<'_>>, has_headers: bool) -> Work {
    let mut work = Work::default();
    for message in messages.drain(..) {
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

fn detach(messages: &mut Vec<BorrowedMessage<'_>>, ring: &mut Ring<OwnedMessage>) -> Work {
    let mut work = Work::default();
    for message in messages.drain(..) {
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
