//! The floor of borrowing, sharing and detaching.

use std::ptr;

use anyhow::Result;

use super::{
    client::Client,
    message::{Copied, Taken},
    queue::PartitionQueue,
};
use crate::{
    area::Meter,
    measure::Work,
    ownership::{Ring, Scene, Way, portions},
    topic::Topic,
};

/// Takes all messages with `rd_kafka_consume_batch_queue`, and does the least with them that the scene allows.
///
/// # Errors
///
/// If the consumer does not start, or does not get all messages.
pub fn ownership(scene: &Scene, meter: &mut Meter<'_>) -> Result<()> {
    let Scene { topic, way, has_headers } = scene;
    let client = Client::consumer(&topic.consumer_config())?;
    let queues = topic.partitions().map(|partition| PartitionQueue::split(&client, Topic::NAME, partition));
    let mut queues = queues.collect::<Result<Vec<_>>>()?;
    client.assign(Topic::NAME, topic.partitions())?;
    topic.wait_until_fetched(|| queues.iter().map(PartitionQueue::len).sum())?;
    let mut slots = vec![ptr::null_mut(); topic.messages()];
    let (mut shared, mut copies) = (Ring::new(), Ring::new());
    portions(
        topic,
        |portion, count| {
            let wanted = portion.len() + count;
            for queue in &mut queues {
                let missing = wanted - portion.len();
                let taken = queue.take(&mut slots[..missing]);
                // SAFETY: taken just now, of a client that they borrow as the queues do.
                portion.extend(slots[..taken].iter().filter_map(|message| unsafe { Taken::new(*message) }));
            }
        },
        |portion| {
            meter(&mut || match way {
                Way::Borrow => borrow(portion, *has_headers),
                Way::Share => share(portion, *has_headers, &mut shared),
                Way::Detach => detach(portion, &mut copies),
            });
        },
    )
}

fn borrow(messages: &mut Vec<Taken<'_>>, has_headers: bool) -> Work {
    let mut work = Work::default();
    for message in messages.drain(..) {
        let headers = if has_headers { message.headers() } else { 0 };
        work.add(message.payload() + headers);
    }
    work
}

fn share<'c>(messages: &mut Vec<Taken<'c>>, has_headers: bool, ring: &mut Ring<Taken<'c>>) -> Work {
    let mut work = Work::default();
    for message in messages.drain(..) {
        let headers = if has_headers { message.headers() } else { 0 };
        work.add(message.payload() + headers);
        ring.keep(message);
    }
    work
}

fn detach(messages: &mut Vec<Taken<'_>>, ring: &mut Ring<Copied>) -> Work {
    let mut work = Work::default();
    for message in messages.drain(..) {
        let copy = message.copy();
        drop(message);
        work.add(copy.payload());
        ring.keep(copy);
    }
    work
}
