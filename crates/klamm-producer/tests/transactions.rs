//! Transactions over the mock cluster, which fences nobody and keeps no positions of them: that is in `kafka_transactions`.

use std::{future::Future, time::Duration};

use futures_util::future::join_all;
use klamm_core::{
    ConfigError, ErrorCode, ErrorKind, Position, TopicPartition,
    contract::{Produce, Transactions},
};
use klamm_producer::{Record, Transactional};
use klamm_stream::Consumer;
use klamm_testing::{ApiKey, MockCluster};

async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(Duration::from_secs(60), future).await {
        Ok(output) => output,
        Err(late) => panic!("{what}: {late}, 60 s"),
    }
}

fn cluster() -> MockCluster {
    let cluster = MockCluster::start(1).unwrap();
    cluster.create_topic("out", 1).unwrap();
    cluster
}

fn transactional(cluster: &MockCluster) -> Transactional {
    Transactional::builder(cluster.config(), "copy-1").start().unwrap()
}

fn record() -> Record {
    Record::to("out").partition(0).payload("p")
}

#[tokio::test]
async fn a_transaction_is_committed_with_its_records_and_positions() {
    let cluster = cluster();
    cluster.create_topic("in", 1).unwrap();
    cluster.seed("in", 1, 10, 20).unwrap();
    let consumer = Consumer::builder(cluster.consumer_config("group")).subscribe(["in"]).unwrap();
    let producer = transactional(&cluster);
    for round in 1..=3 {
        let message = soon("a message", consumer.recv()).await.unwrap().detach();
        soon("begin", producer.begin()).await.unwrap();
        let deliveries: Vec<_> = (0..10).map(|_| producer.send(record())).collect();
        let position = Position::after(klamm_core::Message::offset(&message), None);
        let group = soon("the group", consumer.group_metadata()).await.unwrap();
        let positions = vec![(TopicPartition::new("in", 0), position)];
        soon("the positions", producer.send_offsets(positions, group)).await.unwrap();
        soon("commit", producer.commit()).await.unwrap();
        for delivery in join_all(deliveries).await {
            delivery.unwrap();
        }
        assert_eq!(cluster.end_offsets("out", 1).unwrap(), [10 * round]);
    }
}

#[tokio::test]
async fn a_transaction_is_aborted_with_records_under_way_and_another_begun() {
    let cluster = cluster();
    let config = cluster.config().set("linger.ms", 5_000);
    let producer = Transactional::builder(config, "copy-1").start().unwrap();
    for _ in 0..3 {
        soon("begin", producer.begin()).await.unwrap();
        let deliveries: Vec<_> = (0..10).map(|_| producer.send(record())).collect();
        soon("abort", producer.abort()).await.unwrap();
        // Each comes to an end, whichever it is.
        soon("the deliveries", join_all(deliveries)).await;
    }
    soon("an abort of nothing", producer.abort()).await.unwrap();
    soon("begin", producer.begin()).await.unwrap();
    let delivery = producer.send(record());
    soon("commit", producer.commit()).await.unwrap();
    delivery.await.unwrap();
}

/// The coordinator takes note of no transaction while it ends the one before, and an abort of one that it does not know of
/// would be the producer's end.
#[tokio::test]
async fn an_abort_waits_until_the_coordinator_knows_of_the_transaction() {
    let cluster = cluster();
    let producer = transactional(&cluster);
    soon("begin", producer.begin()).await.unwrap();
    // librdkafka asks again 20 ms after each, so for two seconds at least.
    cluster.push_request_errors(ApiKey::ADD_PARTITIONS_TO_TXN, &[ErrorCode::CONCURRENT_TRANSACTIONS; 100]);
    let delivery = producer.send(record());
    soon("abort", producer.abort()).await.unwrap();
    soon("the delivery", delivery).await.expect("it was not given up before it was acknowledged");
}

#[tokio::test]
async fn without_a_coordinator_it_begins_when_there_is_one() {
    let cluster = cluster();
    cluster.go_down();
    let producer = transactional(&cluster);
    let begun = producer.begin();
    let mut begun = std::pin::pin!(begun);
    assert!(tokio::time::timeout(Duration::from_millis(1_500), &mut begun).await.is_err());
    cluster.come_up();
    soon("begin", begun).await.unwrap();
    soon("commit", producer.commit()).await.unwrap();
}

/// Nothing else is to be had from librdkafka once a commit was begun, so that it is not given up.
#[tokio::test]
async fn a_commit_that_was_begun_is_tried_until_it_is_answered() {
    let cluster = cluster();
    let builder = Transactional::builder(cluster.config(), "copy-1");
    let producer = builder.retry_within(Duration::from_millis(1)).start().unwrap();
    soon("begin", producer.begin()).await.unwrap();
    soon("a delivery", producer.send(record())).await.unwrap();
    cluster.go_down();
    let mut commit = std::pin::pin!(producer.commit());
    let early = tokio::time::timeout(Duration::from_secs(3), &mut commit).await;
    assert!(early.is_err(), "{early:?}");
    cluster.come_up();
    soon("commit", commit).await.unwrap();
}

#[tokio::test]
async fn what_is_done_out_of_turn_is_refused_and_nothing_is_lost() {
    let cluster = cluster();
    let producer = transactional(&cluster);
    soon("begin", producer.begin()).await.unwrap();
    let error = soon("begin again", producer.begin()).await.unwrap_err();
    assert!(!error.is_fatal() && !error.is_retriable(), "{error:?}");
    let delivery = producer.send(record());
    soon("commit", producer.commit()).await.unwrap();
    delivery.await.unwrap();
    let error = soon("no transaction", producer.send(record())).await.unwrap_err();
    assert!(error.to_string().contains("not taken"), "{error:?}");
}

#[test]
fn what_cannot_have_transactions_is_refused_with_its_key() {
    let cluster = cluster();
    let refused = |builder: klamm_producer::TransactionalBuilder| {
        let error = builder.start().unwrap_err();
        let ErrorKind::Config(config) = error.kind() else { panic!("{error:?}") };
        config.clone()
    };
    let key = |error: &ConfigError| match error {
        ConfigError::Refused { key, .. } => *key,
        _ => "",
    };
    let empty = refused(Transactional::builder(cluster.config(), ""));
    assert_eq!(key(&empty), "transactional.id", "{empty}");
    let other = Transactional::builder(cluster.config().set("transactional.id", "a"), "b");
    let other = refused(other);
    assert_eq!(key(&other), "transactional.id", "{other}");
    let none = refused(Transactional::builder(cluster.config(), "a").window(0, Duration::from_secs(1)));
    assert!(none.to_string().contains("never end"), "{none}");
    let config = cluster.config().set("transaction.timeout.ms", 1_000);
    let long = refused(Transactional::builder(config, "a").window(1, Duration::from_millis(800)));
    assert!(long.to_string().contains("transaction.timeout.ms"), "{long}");
    for (key, value) in [("enable.idempotence", "false"), ("acks", "1")] {
        let error = refused(Transactional::builder(cluster.config().set(key, value), "a"));
        assert!(error.to_string().contains(key), "{key}: {error}");
    }
}

#[tokio::test]
async fn what_waits_for_room_is_a_part_of_its_transaction_and_of_no_other() {
    let cluster = cluster();
    let config = cluster.config().set("queue.buffering.max.messages", 10).set("linger.ms", 5);
    let producer = Transactional::builder(config, "copy-1").start().unwrap();
    soon("begin", producer.begin()).await.unwrap();
    let deliveries: Vec<_> = (0..100).map(|_| producer.send(record())).collect();
    soon("commit", producer.commit()).await.unwrap();
    for delivery in soon("the deliveries", join_all(deliveries)).await {
        delivery.unwrap();
    }
    assert_eq!(cluster.end_offsets("out", 1).unwrap(), [100]);
    soon("begin", producer.begin()).await.unwrap();
    let aborted: Vec<_> = (0..100).map(|_| producer.send(record())).collect();
    soon("abort", producer.abort()).await.unwrap();
    let aborted = soon("the deliveries, though none is begun any more", join_all(aborted)).await;
    let written = aborted.iter().filter(|delivered| delivered.is_ok()).count();
    assert!(written < 100, "ten have room at once");
    soon("begin", producer.begin()).await.unwrap();
    let delivery = producer.send(record());
    soon("commit", producer.commit()).await.unwrap();
    delivery.await.unwrap();
    let all = i64::try_from(100 + written + 1).unwrap();
    assert_eq!(cluster.end_offsets("out", 1).unwrap(), [all]);
}
