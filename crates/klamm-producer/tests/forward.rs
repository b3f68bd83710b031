//! Messages that are passed on.

mod common;

use std::pin::pin;

use common::{cluster, in_time, producer};
use futures_util::StreamExt;
use klamm_core::{Message, OwnedMessage, Timestamp};
use klamm_producer::{Producer, Record};
use klamm_stream::Consumer;
use klamm_testing::MockCluster;

/// Messages with keys, payloads and headers that are there, empty and missing, and with headers that are no text.
fn messages() -> Vec<OwnedMessage> {
    let with = || OwnedMessage::builder("orders").timestamp(Timestamp::CreateTime(1_700_000_000_000));
    vec![
        with().key("k").payload("p").build(),
        with().key("").payload("").header("", "").build(),
        with().null_header("retry").build(),
        with()
            .payload("p")
            .header("a", "1")
            .header([0xff, 0x00], [0x00, 0xff])
            .header("a", "x".repeat(300))
            .build(),
    ]
}

/// Writes the messages, and returns a consumer of their topic.
fn consumer(cluster: &MockCluster) -> Consumer {
    cluster.create_topic("copies", 1).unwrap();
    cluster.write(&messages()).unwrap();
    Consumer::builder(cluster.consumer_config("forward")).subscribe(["orders"]).unwrap()
}

/// Checks that what was passed on is what was written.
async fn check_copies(cluster: &MockCluster) {
    let consumer = Consumer::builder(cluster.consumer_config("copies")).subscribe(["copies"]).unwrap();
    for written in messages() {
        let copy = in_time(consumer.recv()).await.unwrap();
        assert_eq!((copy.key(), copy.payload()), (written.key(), written.payload()));
        assert_eq!(copy.headers(), written.headers());
    }
}

async fn send(producer: &Producer, message: &impl Message) {
    let record = Record::forward("copies", message).unwrap().timestamp_of(message);
    assert_eq!(record.clone().into_parts().timestamp, Some(1_700_000_000_000));
    in_time(producer.send(record)).await.unwrap();
}

#[tokio::test]
async fn borrowed_messages() {
    let cluster = cluster();
    let (consumer, producer) = (consumer(&cluster), producer(cluster.config()));
    for _ in messages() {
        send(&producer, &in_time(consumer.recv()).await.unwrap()).await;
    }
    check_copies(&cluster).await;
}

#[tokio::test]
async fn owned_messages() {
    let cluster = cluster();
    let (consumer, producer) = (consumer(&cluster), producer(cluster.config()));
    for _ in messages() {
        send(&producer, &in_time(consumer.recv()).await.unwrap().detach()).await;
    }
    check_copies(&cluster).await;
}

#[tokio::test]
async fn shared_messages_without_a_copy() {
    let cluster = cluster();
    let (consumer, producer) = (consumer(&cluster), producer(cluster.config()));
    let mut messages = pin!(consumer.into_stream().take(messages().len()));
    while let Some(message) = in_time(messages.next()).await {
        let message = message.unwrap();
        let parts = Record::forward("copies", &message).unwrap().into_parts();
        for (bytes, lies_at) in [(parts.key, message.key()), (parts.payload, message.payload())] {
            let at = |bytes: &[u8]| (!bytes.is_empty()).then_some(bytes.as_ptr());
            assert_eq!(bytes.as_deref().map(at), lies_at.map(at));
        }
        send(&producer, &message).await;
    }
    check_copies(&cluster).await;
}
