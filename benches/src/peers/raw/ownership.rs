//! The floor of borrowing, sharing and detaching.

use std::ptr;

use anyhow::Result;

use super::{client::Client, message::Taken, queue::PartitionQueue};
use crate::{
    area::Meter,
    measure::Work,
    ownership::{Ring, Scene, Way},
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
    let mut messages = Vec::with_capacity(topic.messages());
    let mut slots = vec![ptr::null_mut(); topic.messages()];
    topic.wait_until_fetched(|| {
        for queue in &mut queues {
            let taken = queue.take(&mut slots);
            // SAFETY: taken just now, of a client that they borrow as the queues do.
            messages.extend(slots[..taken].iter().filter_map(|message| unsafe { Taken::new(*message) }));
        }
        messages.len()
    })?;
    meter(&mut || keep(std::mem::take(&mut messages), *way, *has_headers));
    Ok(())
}

fn keep(messages: Vec<Taken<'_>>, way: Way, has_headers: bool) -> Work {
    let mut work = Work::default();
    match way {
        Way::Borrow => {
            for message in messages {
                let headers = if has_headers { message.headers() } else { 0 };
                work.add(message.payload() + headers);
            }
        }
        Way::Share => {
            let mut ring = Ring::new();
            for message in messages {
                let headers = if has_headers { message.headers() } else { 0 };
                work.add(message.payload() + headers);
                ring.keep(message);
            }
        }
        Way::Detach => {
            let mut ring = Ring::new();
            for message in messages {
                let copy = message.copy();
                drop(message);
                work.add(copy.payload());
                ring.keep(copy);
            }
        }
    }
    work
}
