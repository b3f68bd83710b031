//! Partitions that are read from a follower (KIP-392), which has less of the log than its leader, changes or is away.
#![cfg(feature = "statistics")]

mod common;

use std::time::Duration;

use common::{
    TOPIC,
    read::{Read, place, quick, subscribed},
    soon,
};
use futures_util::{FutureExt, StreamExt};
use klamm_core::{ErrorCode, TopicPartition};
use klamm_stream::{Consumer, ConsumerEvent};
use klamm_testing::{MockCluster, seen_log};

/// Batches that are in the log to begin with, which a fetch brings one of, and records in each.
const BATCHES: usize = 10;
const BATCH: usize = 100;
const LEADER: i32 = 1;
const FOLLOWER: i32 = 2;
const CLOSE_WITHIN: Duration = Duration::from_secs(10);

/// Three brokers; the first leads the partition, and readers are sent to the second.
fn cluster() -> MockCluster {
    let cluster = MockCluster::start(3).unwrap();
    cluster.create_topic(TOPIC, 1).unwrap();
    cluster.set_leader(TOPIC, 0, LEADER).unwrap();
    write(&cluster, BATCHES);
    cluster.set_follower(TOPIC, 0, FOLLOWER).unwrap();
    cluster
}

fn write(cluster: &MockCluster, batches: usize) {
    for _ in 0..batches {
        cluster.seed(TOPIC, 1, BATCH, 100).unwrap();
    }
}

fn member(cluster: &MockCluster, policy: &str) -> Consumer {
    let config = quick(cluster).set("statistics.interval.ms", 20);
    subscribed(config.set("auto.offset.reset", policy))
}

/// Waits until the partition is read from a broker.
async fn until_read_from(consumer: &Consumer, broker: i32) {
    let mut events = consumer.events();
    soon("another broker", async {
        loop {
            let Some(ConsumerEvent::Statistics(said)) = events.next().await else { continue };
            let partition = said.topics.get(TOPIC).and_then(|it| it.partitions.get(&0));
            if partition.is_some_and(|it| it.broker == broker) {
                return;
            }
        }
    })
    .await;
}

/// Waits until librdkafka has gone back to the leader so often, since what the follower has ends before its place.
async fn until_sent_back(times: usize) {
    let is_one = |line: &&String| line.contains("reverting to leader");
    common::until("going back to the leader", || seen_log::lines().iter().filter(is_one).count() >= times)
        .await;
}

/// Reads what is in the log and what is written then, without a gap and without an error.
async fn read_all(cluster: &MockCluster, consumer: &Consumer, read: &mut Read) {
    write(cluster, 2);
    let end = usize::try_from(cluster.end_offsets(TOPIC, 1).unwrap()[0]).unwrap();
    read.until(end, &mut consumer.stream()).await;
    assert!(read.errors.is_empty(), "{:?}", read.errors);
}

#[tokio::test]
async fn a_follower_that_is_behind_is_waited_for() {
    drop(seen_log::lines()); // from here on
    let cluster = cluster();
    cluster.set_follower_watermarks(TOPIC, 0, None, 350).unwrap();
    let consumer = member(&cluster, "earliest");
    let mut read = Read::default();
    // The batch with the last record that the follower has is whole.
    read.until(4 * BATCH, &mut consumer.stream()).await;
    // The leader sends it to the follower each time.
    until_sent_back(3).await;
    assert!(consumer.recv().now_or_never().is_none());
    cluster.set_follower_watermarks(TOPIC, 0, None, None).unwrap();
    read_all(&cluster, &consumer, &mut read).await;
    until_read_from(&consumer, FOLLOWER).await;
}

#[tokio::test]
async fn another_follower_is_gone_to() {
    let cluster = cluster();
    let consumer = member(&cluster, "earliest");
    let mut read = Read::default();
    read_all(&cluster, &consumer, &mut read).await;
    until_read_from(&consumer, FOLLOWER).await;
    // The old one refuses to be read from, and the leader says who is not to.
    for follower in [FOLLOWER + 1, FOLLOWER] {
        cluster.set_follower(TOPIC, 0, follower).unwrap();
        read_all(&cluster, &consumer, &mut read).await;
        until_read_from(&consumer, follower).await;
    }
    cluster.set_follower(TOPIC, 0, None).unwrap();
    read_all(&cluster, &consumer, &mut read).await;
    until_read_from(&consumer, LEADER).await;
}

#[tokio::test]
async fn a_follower_that_is_down_is_left_for_the_leader() {
    let cluster = cluster();
    let consumer = member(&cluster, "earliest");
    let mut read = Read::default();
    read_all(&cluster, &consumer, &mut read).await;
    until_read_from(&consumer, FOLLOWER).await;
    cluster.set_broker_down(FOLLOWER).unwrap();
    cluster.set_follower(TOPIC, 0, None).unwrap();
    read_all(&cluster, &consumer, &mut read).await;
    until_read_from(&consumer, LEADER).await;
}

/// librdkafka believes a follower that a place is before its log's begin, and does not ask the leader, which may still have it
/// (`rd_kafka_fetch_reply_handle_partition_error`).
#[tokio::test]
async fn a_follower_that_begins_later_is_believed() {
    let begin = 350;
    for policy in ["earliest", "error"] {
        let cluster = cluster();
        let first = member(&cluster, "earliest");
        let mut read = Read::default();
        read.until(1, &mut first.stream()).await;
        soon("a commit", first.commit_delivered()).await.unwrap();
        assert!(soon("the end", first.close(CLOSE_WITHIN)).await.has_left);
        cluster.set_follower_watermarks(TOPIC, 0, begin, None).unwrap();
        let consumer = member(&cluster, policy);
        if policy == "error" {
            let error = read.error(&mut consumer.stream()).await;
            let said = (&TopicPartition::new(TOPIC, 0), 1, ErrorCode::AUTO_OFFSET_RESET);
            assert_eq!(place(&error), said);
        } else {
            read.next.insert(0, begin);
            read_all(&cluster, &consumer, &mut read).await;
        }
    }
}
