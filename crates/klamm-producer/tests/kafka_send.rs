//! What a real cluster says of records: `cargo xtask test --only kafka`.

mod common;

use std::time::Duration;

use common::{in_time, producer};
use futures_util::{SinkExt, poll};
use klamm_core::{Config, ErrorCode, Timestamp, config::Acks};
use klamm_producer::{DeliveryError, Record};
use klamm_testing::KafkaCluster;

/// How long a delivery may take while a broker falls.
const SOON: Duration = Duration::from_secs(120);

fn cluster() -> KafkaCluster {
    KafkaCluster::from_env().expect("`cargo xtask kafka run -- …` names the brokers")
}

fn topic(cluster: &KafkaCluster, name: &str, partitions: usize) -> String {
    let topic = format!("send-{name}-{}", std::process::id());
    let replicas = cluster.brokers().unwrap().len().min(3);
    cluster.create_topic(&topic, partitions, replicas).unwrap();
    topic
}

/// Checks that a record comes back as it was, with the code.
async fn check_failed(config: Config, record: Record, code: ErrorCode) {
    let producer = producer(config);
    let error = in_time(producer.send(record.clone())).await.unwrap_err();
    assert!(matches!(error, DeliveryError::Failed { .. }), "{error:?}");
    assert_eq!((error.code(), error.into_record()), (Some(code), record));
    assert_eq!(producer.in_flight(), 0);
}

#[tokio::test]
async fn a_delivery_says_where_and_when_the_record_is() {
    let cluster = cluster();
    let topic = topic(&cluster, "where", 3);
    let producer = producer(cluster.config());
    for offset in 0..3 {
        let time = 1_700_000_000_000 + offset;
        let delivered =
            in_time(producer.send(Record::to(topic.as_str()).partition(2).timestamp(time))).await.unwrap();
        let expected = (2, offset, Timestamp::CreateTime(time));
        assert_eq!((delivered.partition, delivered.offset, delivered.timestamp), expected);
    }
    assert_eq!(cluster.end_offsets(&topic, 3).unwrap(), [0, 0, 3]);
}

#[tokio::test]
async fn without_acknowledgements_there_is_no_offset() {
    let cluster = cluster();
    let topic = topic(&cluster, "acks", 1);
    let producer = producer(cluster.config().acks(Acks::None));
    let delivered = in_time(producer.send(Record::to(topic.as_str()).payload("p"))).await.unwrap();
    assert!(delivered.partition == 0 && delivered.offset < 0, "{delivered:?}");
}

#[tokio::test]
async fn a_record_that_is_too_large_for_the_broker_comes_back() {
    let cluster = cluster();
    let topic = topic(&cluster, "large", 1);
    let config = cluster.config().message_max_bytes(10_000_000);
    // Of more than `message.copy.max.bytes`, so that it is sent from where it lies.
    let record = Record::to(topic.as_str()).key("k").payload(vec![7; 2_000_000]).header("h", "v");
    check_failed(config, record, ErrorCode::MESSAGE_TOO_LARGE).await;
}

#[tokio::test]
async fn a_topic_that_is_not_there_comes_back() {
    let config = cluster().config().set("topic.metadata.propagation.max.ms", 0);
    let record = Record::to("send-nowhere").key("k").payload("p");
    check_failed(config, record, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION).await;
}

#[tokio::test]
async fn large_payloads_are_delivered_from_where_they_lie() {
    let cluster = cluster();
    let topic = topic(&cluster, "bytes", 1);
    let producer = producer(cluster.config());
    let mut sink = producer.sink(8);
    for index in 0..64_u8 {
        let payload = vec![index; 200_000 + usize::from(index)];
        tokio::time::timeout(SOON, sink.feed(Record::to(topic.as_str()).payload(payload)))
            .await
            .unwrap()
            .unwrap();
    }
    tokio::time::timeout(SOON, sink.close()).await.unwrap().unwrap();
    let consumer = klamm_stream::Consumer::builder(cluster.consumer_config(&topic));
    let consumer = consumer.subscribe([topic.as_str()]).unwrap();
    for index in 0..64_u8 {
        let message = in_time(consumer.recv()).await.unwrap();
        let payload = klamm_core::Message::payload(&message).unwrap();
        assert_eq!(payload.len(), 200_000 + usize::from(index));
        assert!(payload.iter().all(|byte| *byte == index), "payload {index}");
    }
}

#[tokio::test]
async fn while_a_broker_falls_each_record_is_written_once_and_in_order() {
    const RECORDS: usize = 20_000;
    let cluster = cluster();
    let topic = topic(&cluster, "fall", 1);
    let config = cluster.config().enable_idempotence(true).queue_buffering_max_messages(500);
    let producer = producer(config);
    let records = |range: std::ops::Range<usize>| {
        range.map(|number| Record::to(topic.as_str()).payload(number.to_string())).collect::<Vec<_>>()
    };
    let mut deliveries = producer.send_all(records(0..RECORDS / 2));
    assert!(poll!(deliveries.last_mut().unwrap()).is_pending());
    let fallen = cluster.kill(cluster.leader(&topic, 0).unwrap()).unwrap();
    deliveries.extend(producer.send_all(records(RECORDS / 2..RECORDS)));
    for (offset, delivery) in (0..).zip(deliveries) {
        let delivered = tokio::time::timeout(SOON, delivery).await.expect("a delivery in time").unwrap();
        assert_eq!(delivered.offset, offset);
    }
    fallen.end().unwrap();
    assert_eq!(cluster.end_offsets(&topic, 1).unwrap(), [i64::try_from(RECORDS).unwrap()]);
}
