//! Borrowed, shared and owned messages.

use std::hint::black_box;

use anyhow::Result;
use klamm_core::{BorrowedMessage, Message, OwnedMessage, SharedMessage};
use klamm_stream::Consumer;

use crate::{
    area::Meter,
    measure::Work,
    ownership::{Ring, Scene, Way, portions},
    peers::drain::each,
    topic::Topic,
};

/// Takes all messages from [`Consumer::stream`], and does with them what the scene says.
///
/// # Errors
///
/// If the consumer does not start, or does not get all messages.
pub fn ownership(scene: &Scene, meter: &mut Meter<'_>) -> Result<()> {
    let Scene { topic, way, has_headers } = scene;
    let consumer = Consumer::builder(topic.consumer_config()).subscribe([Topic::NAME])?;
    topic.wait_until_fetched(|| consumer.diagnostics().waiting())?;
    let mut stream = consumer.stream();
    let (mut shared, mut owned) = (Ring::new(), Ring::new());
    portions(
        topic,
        |portion, count| each(&mut stream, count, |item| item.map(|message| portion.push(message)).is_ok()),
        |portion| {
            meter(&mut || match way {
                Way::Borrow => borrow(portion, *has_headers),
                Way::Share => share(portion, *has_headers, &mut shared),
                Way::Detach => detach(portion, &mut owned),
            });
        },
    )
}

fn borrow(messages: &mut Vec<BorrowedMessage<'_>>, has_headers: bool) -> Work {
    let mut work = Work::default();
    for message in messages.drain(..) {
        let headers = if has_headers { headers(&message) } else { 0 };
        work.add(read(&message) + headers);
    }
    work
}

fn share(messages: &mut Vec<BorrowedMessage<'_>>, has_headers: bool, ring: &mut Ring<SharedMessage>) -> Work {
    let mut work = Work::default();
    for message in messages.drain(..) {
        let shared = message.share();
        let headers = if has_headers { headers(&shared) } else { 0 };
        work.add(payload(&shared) + headers);
        ring.keep(shared);
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

/// Reads everything but the headers.
fn read(message: &impl Message) -> usize {
    black_box((message.key(), message.topic(), message.partition(), message.offset(), message.timestamp()));
    payload(message)
}

/// Reads the headers, and returns how many bytes they have.
fn headers(message: &impl Message) -> usize {
    let headers = message.headers().into_iter().flatten();
    headers
        .map(|header| black_box(header.name_bytes()).len() + black_box(header.value()).map_or(0, <[u8]>::len))
        .sum()
}
