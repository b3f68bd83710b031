//! Partitions whose place in the log a broker says for a moment to be no more.

mod common;

use std::{collections::BTreeMap, task::Poll, time::Duration};

use common::{
    TOPIC,
    read::{Read, place, quick, subscribed},
    soon,
};
use futures_util::{Stream, StreamExt, poll};
use klamm_core::{Error, ErrorCode, Message, TopicPartition};
use klamm_stream::Consumer;
use klamm_testing::{ApiKey, MockCluster};

/// What `auto.offset.reset` can be.
const POLICIES: [&str; 3] = ["earliest", "latest", "error"];
/// Batches in the log, which a fetch brings one of, and records in each.
const BATCHES: usize = 10;
const BATCH: usize = 300;
const END: i64 = 3_000;
const CLOSE_WITHIN: Duration = Duration::from_secs(10);

fn cluster() -> MockCluster {
    let cluster = MockCluster::start(1).unwrap();
    cluster.create_topic(TOPIC, 1).unwrap();
    for _ in 0..BATCHES {
        cluster.seed(TOPIC, 1, BATCH, 100).unwrap();
    }
    cluster
}

/// A member of a group that has committed the first record. It has fetched little before anybody looks.
async fn member(cluster: &MockCluster, policy: &str) -> Consumer {
    let config = quick(cluster).set("queued.min.messages", 1).set("queued.max.messages.kbytes", 1);
    let config = config.set("fetch.queue.backoff.ms", 1);
    let first = subscribed(config.clone());
    let message = soon("a message", first.recv()).await.unwrap();
    soon("a commit", first.commit(&message)).await.unwrap();
    drop(message);
    assert!(soon("the end", first.close(CLOSE_WITHIN)).await.has_left);
    subscribed(config.set("auto.offset.reset", policy))
}

/// Reads on from where it is, and returns what comes instead of the next message. Records are written meanwhile.
async fn read_on<M: Message>(
    cluster: &MockCluster,
    read: &mut Read,
    stream: &mut (impl Stream<Item = Result<M, Error>> + Unpin),
) -> Result<i64, Error> {
    soon("something else", async {
        loop {
            match poll!(stream.next()) {
                Poll::Ready(item) => {
                    let item = item.expect("an error ends no stream").map(|message| message.offset());
                    if item.as_ref().ok() != Some(&next(read)) {
                        return item;
                    }
                    read.note(item.map(|offset| (0, offset)));
                }
                Poll::Pending => {
                    cluster.seed(TOPIC, 1, 1, 10).unwrap();
                    tokio::task::yield_now().await;
                }
            }
        }
    })
    .await
}

fn next(read: &Read) -> i64 {
    read.next.get(&0).copied().unwrap_or_default()
}

/// What a reader of a policy meets after all that was in order, where the log is said to begin.
fn check_landing(policy: &str, read: &mut Read, landed: Result<i64, Error>, begin: i64) {
    match landed {
        Ok(offset) if policy == "earliest" => assert_eq!(offset, begin),
        Ok(offset) => assert!(policy == "latest" && offset >= END, "{policy}: {offset}"),
        Err(error) => {
            assert_eq!(policy, "error", "{error}");
            let said = (&TopicPartition::new(TOPIC, 0), next(read), ErrorCode::AUTO_OFFSET_RESET);
            assert_eq!(place(&error), said);
            return;
        }
    }
    read.next.insert(0, landed.unwrap() + 1);
}

/// Has a broker say once, in the middle of the log, that the place is no more.
async fn check_said_once<M: Message>(
    cluster: &MockCluster,
    policy: &str,
    stream: &mut (impl Stream<Item = Result<M, Error>> + Unpin),
) -> Read {
    let mut read = Read { next: BTreeMap::from([(0, 1)]), ..Read::default() };
    read.until(2, stream).await;
    cluster.push_request_errors(ApiKey::FETCH, &[ErrorCode::OFFSET_OUT_OF_RANGE]);
    let landed = read_on(cluster, &mut read, stream).await;
    assert!(next(&read) < END, "in the middle of the log");
    check_landing(policy, &mut read, landed, 0);
    read
}

/// Reads to the end of the log as it is now, without a gap and without an error.
async fn read_all<M: Message>(
    cluster: &MockCluster,
    read: &mut Read,
    stream: &mut (impl Stream<Item = Result<M, Error>> + Unpin),
) {
    let end = usize::try_from(cluster.end_offsets(TOPIC, 1).unwrap()[0]).unwrap();
    cluster.seed(TOPIC, 1, BATCH, 100).unwrap();
    read.until(end + BATCH, stream).await;
    assert!(read.errors.is_empty(), "{:?}", read.errors);
}

#[tokio::test]
async fn a_place_that_a_fetch_says_is_no_more_is_left_as_the_policy_says() {
    for policy in POLICIES {
        let cluster = cluster();
        let consumer = member(&cluster, policy).await;
        let mut stream = consumer.stream();
        let mut read = check_said_once(&cluster, policy, &mut stream).await;
        if policy == "error" {
            // librdkafka reads the partition no further. Assigned anew it is read from where it was committed.
            soon("a commit", consumer.commit_delivered()).await.unwrap();
            soon("an answer", consumer.unsubscribe()).await.unwrap();
            soon("an answer", consumer.subscribe([TOPIC])).await.unwrap();
        }
        read_all(&cluster, &mut read, &mut stream).await;
    }
}

#[tokio::test]
async fn a_partitions_own_stream_leaves_it_likewise() {
    for policy in POLICIES {
        let cluster = cluster();
        let consumer = member(&cluster, policy).await;
        let mut partitions = consumer.partitions();
        let mut stream = soon("a partition", partitions.next()).await.unwrap().unwrap();
        let mut read = check_said_once(&cluster, policy, &mut stream).await;
        if policy == "error" {
            assert!(poll!(stream.next()).is_pending(), "it is said once");
            soon("a commit", consumer.commit_delivered()).await.unwrap();
            let (left, ()) = tokio::join!(consumer.unsubscribe(), async {
                assert!(soon("the end", stream.next()).await.is_none());
                drop(stream);
            });
            left.unwrap();
            soon("an answer", consumer.subscribe([TOPIC])).await.unwrap();
            stream = soon("a partition", partitions.next()).await.unwrap().unwrap();
        }
        read_all(&cluster, &mut read, &mut stream).await;
    }
}
