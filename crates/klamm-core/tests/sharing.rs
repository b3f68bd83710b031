//! Shared messages on many threads, while their consumer closes.

mod common;

use std::{sync::Arc, thread, time::Duration};

use common::{TOPIC, consumer, soon};
use klamm_core::{Message, SharedMessage};
use klamm_testing::MockCluster;

const THREADS: usize = 64;
const MESSAGES: usize = 2_000;

/// Record `i` has the decimal `i` as its key, and a payload that starts with it.
fn check(message: &impl Message) {
    let key = message.key().expect("every record has a key");
    assert_eq!(std::str::from_utf8(key).unwrap().parse::<i64>().unwrap(), message.offset());
    assert!(message.payload().unwrap().starts_with(key));
    assert_eq!((message.topic(), message.headers().is_none()), (TOPIC, true));
}

/// Takes messages in every way there is, and drops them in another order.
fn share_and_drop(number: usize, messages: &[SharedMessage]) {
    let mut kept = Vec::new();
    let mut bytes = Vec::new();
    for (index, message) in messages.iter().enumerate().skip(number * 7 % messages.len()) {
        check(message);
        match (index + number) % 4 {
            0 => kept.push(message.clone()),
            1 => bytes.push((message.offset(), message.payload_bytes().unwrap())),
            2 => check(&message.detach()),
            _ => drop(kept.pop()),
        }
    }
    for (offset, payload) in bytes {
        assert!(payload.starts_with(offset.to_string().as_bytes()));
    }
    kept.iter().rev().for_each(check);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_threads_share_and_drop_while_the_consumer_closes() {
    let cluster = MockCluster::start(1).unwrap();
    cluster.create_topic(TOPIC, 1).unwrap();
    cluster.seed(TOPIC, 1, MESSAGES, 100).unwrap();
    let consumer = consumer(&cluster, TOPIC);
    let mut messages = Vec::with_capacity(MESSAGES);
    for _ in 0..MESSAGES {
        messages.push(soon("a message", consumer.recv()).await.unwrap().share());
    }
    let messages = Arc::new(messages);
    let threads: Vec<_> = (0..THREADS)
        .map(|number| {
            let messages = Arc::clone(&messages);
            thread::spawn(move || share_and_drop(number, &messages))
        })
        .collect();
    let report = soon("close", consumer.close(Duration::from_secs(30))).await;
    drop(consumer);
    assert!(report.has_left, "{report:?}");
    check(&messages[0]);
    drop(messages);
    for thread in threads {
        thread.join().unwrap();
    }
}
