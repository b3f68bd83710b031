//! Borrowed, shared and owned messages say the same, whatever was written.

mod common;

use std::{
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, SystemTime},
};

use common::{Read, TOPIC, cluster, consumer, read, soon};
use klamm_core::{Message, OwnedMessage, Timestamp, message::OwnedHeaders};
use klamm_stream::Consumer;
use klamm_testing::{MockCluster, generate};
use proptest::prelude::*;

/// Reads each message in every way there is, and compares it with what was written.
async fn compare(cluster: &MockCluster, topic: &str, written: &[OwnedMessage]) {
    let config = cluster.consumer_config(topic).set("fetch.message.max.bytes", 20_000_000);
    let consumer = Consumer::builder(config).subscribe([topic]).unwrap();
    for (offset, written) in (0..).zip(written) {
        let borrowed = soon("a message", consumer.recv()).await.unwrap();
        let as_borrowed = read(&borrowed);
        let detached = borrowed.detach();
        let parts = detached.clone().into_parts();
        let shared = borrowed.share();
        let clone = shared.clone();
        let (key, payload) = (shared.key_bytes(), shared.payload_bytes());

        let expected = Read { offset, topic: topic.to_owned(), ..read(written) };
        check_times(&as_borrowed, &expected);
        let (timestamp, leader_epoch) = (as_borrowed.timestamp, as_borrowed.leader_epoch);
        assert_eq!(as_borrowed, Read { timestamp, leader_epoch, ..expected });
        assert!(leader_epoch.is_some(), "the mock cluster says under which epoch a message was written");
        for (other, from) in [
            (read(&detached), "detached"),
            (read(&shared), "shared"),
            (read(&clone), "cloned"),
            (read(&shared.detach()), "shared, then detached"),
        ] {
            assert_eq!(other, as_borrowed, "{from}");
        }
        drop((shared, clone));
        assert_eq!((key.as_deref(), payload.as_deref()), (written.key(), written.payload()));
        assert_eq!((parts.key.as_deref(), parts.payload.as_deref()), (written.key(), written.payload()));
        assert_eq!(parts.headers.unwrap().as_headers(), written.headers());
    }
    consumer.close(Duration::from_secs(10)).await;
}

/// A time that was not set is the time of writing.
fn check_times(read: &Read, written: &Read) {
    match (read.timestamp, written.timestamp) {
        (Timestamp::CreateTime(now), Timestamp::NotAvailable) => {
            let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
            let age = i64::try_from(since_1970.as_millis()).unwrap() - now;
            assert!((0..300_000).contains(&age), "{age} ms ago");
        }
        (read, written) => assert_eq!(read, written),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn detached_and_shared_read_as_borrowed(builders in prop::collection::vec(generate::message_builder(TOPIC, 0..1), 1..60)) {
        static CLUSTER: LazyLock<MockCluster> = LazyLock::new(|| MockCluster::start(1).unwrap());
        static TOPICS: AtomicU32 = AtomicU32::new(0);
        let topic = format!("{TOPIC}-{}", TOPICS.fetch_add(1, Ordering::Relaxed));
        CLUSTER.create_topic(&topic, 1).unwrap();
        // Three elections, so that the leader epoch is not what memory is cleared to.
        (0..3).for_each(|_| CLUSTER.set_leader(&topic, 0, 1).unwrap());
        let messages: Vec<_> = builders.into_iter().map(|builder| builder.topic(topic.as_str()).build()).collect();
        CLUSTER.write(&messages).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(compare(&CLUSTER, &topic, &messages));
    }
}

#[tokio::test]
async fn a_thousand_headers_are_read_in_order() {
    let headers = (0..1_000).map(|number| (format!("name-{}", number % 300), Some(vec![b'x'; number])));
    one_message(OwnedMessage::builder(TOPIC).headers(headers.collect::<OwnedHeaders>()).build()).await;
}

#[tokio::test]
async fn ten_megabytes_are_read_whole() {
    one_message(OwnedMessage::builder(TOPIC).key("large").payload(vec![7; 10_000_000]).build()).await;
}

/// Writes one message, which may be larger than the mock cluster keeps of several, and reads it in every way.
async fn one_message(message: OwnedMessage) {
    let cluster = cluster();
    cluster.write([&message]).unwrap();
    compare(&cluster, TOPIC, &[message]).await;
}

#[tokio::test]
async fn a_shared_message_is_the_same_memory() {
    let cluster = cluster();
    cluster
        .write([&OwnedMessage::builder(TOPIC).key("key").payload("payload").header("a", "b").build()])
        .unwrap();
    let consumer = consumer(&cluster, TOPIC);
    let borrowed = soon("a message", consumer.recv()).await.unwrap();
    let place = |bytes: Option<&[u8]>| bytes.unwrap().as_ptr();
    let value = |headers: &dyn Message| place(headers.headers().unwrap().get("a").unwrap().value());
    let (key, payload, header) = (place(borrowed.key()), place(borrowed.payload()), value(&borrowed));
    let shared = borrowed.share();
    let clone = shared.clone();
    assert_eq!((place(shared.key()), place(clone.payload()), value(&clone)), (key, payload, header));
    assert_eq!(
        (place(shared.key_bytes().as_deref()), place(clone.payload_bytes().as_deref())),
        (key, payload)
    );
    assert_ne!(place(shared.detach().key()), key);
}
