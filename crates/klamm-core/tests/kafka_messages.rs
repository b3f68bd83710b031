//! Messages as a real cluster stores and returns them: `cargo xtask test --only kafka`.

mod common;

use std::time::Duration;

use common::{read, soon};
use klamm_core::{OwnedMessage, PartitionOffset, Position, Start, Timestamp, TopicPartition, native::Client};
use klamm_producer::{Producer, Record};
use klamm_stream::Consumer;
use klamm_testing::{KafkaCluster, generate};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};

const MESSAGES: usize = 300;
const BEGIN: i64 = 1_700_000_000_000;

fn cluster() -> KafkaCluster {
    KafkaCluster::from_env().expect("`cargo xtask kafka run -- …` names the brokers")
}

/// The record that says what the message says.
fn record(message: &OwnedMessage) -> Record {
    let parts = message.clone().into_parts();
    let mut record = Record::to(&*parts.topic).partition(parts.partition).headers(parts.headers.unwrap());
    if let Some(key) = parts.key {
        record = record.key(key);
    }
    if let Some(payload) = parts.payload {
        record = record.payload(payload);
    }
    match parts.timestamp {
        Timestamp::CreateTime(millis) => record.timestamp(millis),
        _ => record,
    }
}

/// Writes arbitrary messages in batches of one codec, and reads each in every way.
async fn written_and_read(codec: &str) {
    let cluster = cluster();
    let topic = format!("messages-{codec}");
    cluster.create_topic(&topic, 1, 1).unwrap();
    let mut runner = TestRunner::deterministic();
    let messages = generate::message_builder("", 0..1);
    let written: Vec<_> = (0..MESSAGES)
        .map(|index| {
            let builder = messages.new_tree(&mut runner).expect("nothing is filtered").current();
            let time = Timestamp::CreateTime(BEGIN + i64::try_from(index).unwrap());
            builder.topic(topic.as_str()).timestamp(time).build()
        })
        .collect();
    let config = cluster.config().set("compression.type", codec).set("linger.ms", 50);
    let producer = Producer::builder(config).start().unwrap();
    let deliveries: Vec<_> = written.iter().map(|message| producer.send(record(message))).collect();
    for delivery in deliveries {
        soon("a delivery", delivery).await.unwrap();
    }

    let consumer = Consumer::builder(cluster.consumer_config(&topic)).subscribe([topic.as_str()]).unwrap();
    for (offset, written) in (0..).zip(&written) {
        let borrowed = soon("a message", consumer.recv()).await.unwrap();
        let as_borrowed = read(&borrowed);
        let mut expected = read(written);
        expected.offset = offset;
        assert!(as_borrowed.leader_epoch.is_some(), "Kafka says under which epoch a message was written");
        expected.leader_epoch = as_borrowed.leader_epoch;
        assert_eq!(as_borrowed, expected, "{codec}");
        assert_eq!(read(&borrowed.detach()), as_borrowed);
        assert_eq!(read(&borrowed.share()), as_borrowed);
    }
    soon("close", consumer.close(Duration::from_secs(10))).await;
}

#[tokio::test]
async fn messages_come_back_as_they_went_uncompressed() {
    written_and_read("none").await;
}

#[tokio::test]
async fn messages_come_back_as_they_went_by_gzip() {
    written_and_read("gzip").await;
}

#[tokio::test]
async fn messages_come_back_as_they_went_by_snappy() {
    written_and_read("snappy").await;
}

#[tokio::test]
async fn messages_come_back_as_they_went_by_lz4() {
    written_and_read("lz4").await;
}

#[test]
fn a_time_is_found_by_its_offset() {
    const TOPIC: &str = "messages-by-time";
    let within = Duration::from_secs(30);
    let cluster = cluster();
    cluster.create_topic(TOPIC, 1, 1).unwrap();
    let messages: Vec<_> = (0..10)
        .map(|index| {
            let time = Timestamp::CreateTime(BEGIN + index * 1_000);
            OwnedMessage::builder(TOPIC).payload(index.to_string()).timestamp(time).build()
        })
        .collect();
    cluster.write(&messages).unwrap();
    let client = Client::consumer(&cluster.consumer_config("by-time")).unwrap();
    let offset_of = |millis| {
        let asked = PartitionOffset::from_start(TopicPartition::new(TOPIC, 0), Start::Timestamp(millis));
        let answer = client.offsets_for_times(&[asked], within).unwrap();
        assert_eq!(answer.first_error(), None);
        answer.get(TOPIC, 0).unwrap().clone()
    };
    for (millis, offset) in [(0, 0), (BEGIN, 0), (BEGIN + 1, 1), (BEGIN + 5_000, 5), (BEGIN + 8_999, 9)] {
        assert_eq!(offset_of(millis).position().map(Position::offset), Some(offset), "{millis}");
    }
    let beyond = offset_of(BEGIN + 9_001);
    let after_all = PartitionOffset::from_start(TopicPartition::new(TOPIC, 0), Start::Latest);
    assert_eq!(beyond, after_all, "all messages are older");
}
