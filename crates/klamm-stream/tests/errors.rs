//! Errors as items: what they name, that they end nothing, and that nothing around them is lost or repeated.

mod common;

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use common::{
    TOPIC, cluster, consumer,
    read::{Read, code, place, quick, subscribed},
    soon, until,
};
use futures_util::{FutureExt, StreamExt};
use klamm_core::{Config, Error, ErrorCode, ErrorKind, Message, PartitionOffset, Start, TopicPartition};
use klamm_stream::{Consumer, ConsumerEvent};
use klamm_testing::{ApiKey, MockCluster};

const PARTITIONS: usize = 3;
/// Records that are written before and after an error.
const COUNT: usize = 300;
const CLOSE_WITHIN: Duration = Duration::from_secs(10);

/// Errors that are answered instead of messages, while all before is read and more comes.
async fn check_fetch_errors(codes: &[ErrorCode]) -> Vec<Error> {
    let cluster = cluster(PARTITIONS, COUNT);
    let consumer = subscribed(quick(&cluster));
    let mut stream = consumer.stream();
    let mut read = Read::default();
    read.until(COUNT, &mut stream).await;
    assert!(read.errors.is_empty(), "{:?}", read.errors);
    cluster.push_request_errors(ApiKey::FETCH, codes);
    cluster.seed(TOPIC, PARTITIONS, COUNT, 100).unwrap();
    read.until(2 * COUNT, &mut stream).await;
    read.errors
}

#[tokio::test]
async fn a_fetch_that_fails_is_an_item_with_its_place() {
    for failed in [ErrorCode::CORRUPT_MESSAGE, ErrorCode::UNKNOWN_SERVER_ERROR, ErrorCode::MESSAGE_TOO_LARGE]
    {
        // Twice: where librdkafka finds itself at the end for the first time, that is all it notes of an answer.
        let errors = check_fetch_errors(&[failed; 2]).await;
        assert!(!errors.is_empty() && errors.len() <= 2 * PARTITIONS, "{errors:?}");
        for error in &errors {
            let (partition, offset, code) = place(error);
            assert_eq!((&*partition.topic, code), (TOPIC, failed));
            // Where it was fetched from: right after what was there before, or somewhere in what came then.
            let begin = i64::try_from(COUNT / PARTITIONS).unwrap();
            assert!((begin..=2 * begin).contains(&offset), "{error:?}");
        }
    }
}

#[tokio::test]
async fn what_a_new_leader_or_a_retry_mends_is_no_item() {
    let silent = [
        ErrorCode::NOT_LEADER_OR_FOLLOWER,
        ErrorCode::LEADER_NOT_AVAILABLE,
        ErrorCode::KAFKA_STORAGE_ERROR,
        ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
        ErrorCode::FENCED_LEADER_EPOCH,
        ErrorCode::TRANSPORT,
    ];
    let errors = check_fetch_errors(&silent).await;
    assert!(errors.is_empty(), "{errors:?}");
}

#[tokio::test]
async fn an_error_that_repeats_comes_no_faster_than_librdkafka_asks() {
    const BACKOFF: Duration = Duration::from_millis(100);
    const TIMES: u32 = 10;
    let cluster = cluster(1, COUNT);
    let config = cluster.consumer_config("group").set("fetch.error.backoff.ms", BACKOFF.as_millis());
    let consumer = subscribed(config);
    let mut stream = consumer.stream();
    let mut read = Read::default();
    read.until(COUNT, &mut stream).await;
    cluster.push_request_errors(ApiKey::FETCH, &[ErrorCode::UNKNOWN_SERVER_ERROR; TIMES as usize]);
    read.error(&mut stream).await;
    let started = Instant::now();
    // One of them may be passed over, at the end of the log.
    for _ in 2..TIMES {
        assert_eq!(code(&read.error(&mut stream).await), ErrorCode::UNKNOWN_SERVER_ERROR);
    }
    assert!(started.elapsed() > BACKOFF * (TIMES - 3), "{TIMES} within {:?}", started.elapsed());
    cluster.clear_request_errors(ApiKey::FETCH);
    cluster.seed(TOPIC, 1, COUNT, 100).unwrap();
    read.until(2 * COUNT, &mut stream).await;
    assert!(read.errors.len() <= 2, "{:?}", read.errors);
}

#[tokio::test]
async fn a_topic_that_may_not_be_read_is_said_once() {
    let cluster = cluster(1, COUNT);
    let consumer = subscribed(quick(&cluster));
    let mut stream = consumer.stream();
    let mut read = Read::default();
    read.until(COUNT, &mut stream).await;
    // Each makes librdkafka wait for a second. The first may be passed over, at the end of the log.
    cluster.push_request_errors(ApiKey::FETCH, &[ErrorCode::TOPIC_AUTHORIZATION_FAILED; 4]);
    let first = read.error(&mut stream).await;
    assert_eq!(place(&first).2, ErrorCode::TOPIC_AUTHORIZATION_FAILED);
    cluster.seed(TOPIC, 1, COUNT, 100).unwrap();
    read.until(2 * COUNT, &mut stream).await;
    assert!(read.errors.is_empty(), "said again: {:?}", read.errors);
}

/// The group moves partitions about while one stands at an error: librdkafka must not go on one message further.
#[tokio::test]
async fn a_rebalance_after_an_error_passes_over_nothing() {
    let cluster = cluster(2, COUNT);
    let member = |config: Config| Consumer::builder(config).subscribe([TOPIC]).unwrap();
    let config = cluster.consumer_protocol_config("group").set("fetch.error.backoff.ms", 10);
    let consumer = member(config.clone());
    let mut stream = consumer.stream();
    let mut read = Read::default();
    read.until(COUNT, &mut stream).await;
    soon("a commit", consumer.commit_delivered()).await.unwrap();
    cluster.push_request_errors(ApiKey::FETCH, &[ErrorCode::UNKNOWN_SERVER_ERROR; 100]);
    let mut failed = BTreeSet::new();
    while failed.len() < 2 {
        failed.insert(place(&read.error(&mut stream).await).0.partition);
    }
    cluster.clear_request_errors(ApiKey::FETCH);
    // It comes after the error, and nobody takes it before the group moves.
    cluster.seed(TOPIC, 2, COUNT, 100).unwrap();
    until("messages that wait", || consumer.diagnostics().waiting() >= COUNT).await;
    let other = member(config);
    until("a partition that is taken away", || !other.diagnostics().partitions.is_empty()).await;
    assert!(soon("the end", other.close(CLOSE_WITHIN)).await.has_left);
    until("a partition that is given back", || consumer.diagnostics().partitions.len() == 2).await;
    read.until(2 * COUNT, &mut stream).await;
}

#[tokio::test]
async fn recv_and_partition_streams_go_on_after_an_error() {
    let cluster = cluster(PARTITIONS, COUNT);
    let consumer = subscribed(quick(&cluster));
    let mut read = Read::default();
    while read.count() < COUNT {
        let received = soon("a message", consumer.recv()).await;
        read.note(received.map(|message| (message.partition(), message.offset())));
    }
    cluster.push_request_errors(ApiKey::FETCH, &[ErrorCode::CORRUPT_MESSAGE; 2]);
    cluster.seed(TOPIC, PARTITIONS, COUNT, 100).unwrap();
    while read.count() < 2 * COUNT {
        let received = soon("a message", consumer.recv()).await;
        read.note(received.map(|message| (message.partition(), message.offset())));
    }
    assert!(!read.errors.is_empty());
    let mut streams: Vec<_> = consumer.partitions().take(PARTITIONS).map(Result::unwrap).collect().await;
    cluster.push_request_errors(ApiKey::FETCH, &[ErrorCode::CORRUPT_MESSAGE; 2]);
    cluster.seed(TOPIC, PARTITIONS, COUNT, 100).unwrap();
    let before = read.errors.len();
    for stream in &mut streams {
        read.until(read.count() + COUNT / PARTITIONS, stream).await;
    }
    assert!(read.errors.len() > before);
    for error in &read.errors {
        assert_eq!(place(error).2, ErrorCode::CORRUPT_MESSAGE);
    }
}

/// A partition that is read from beyond its end.
fn beyond(cluster: &MockCluster, reset: &str, offset: i64) -> Consumer {
    let config = quick(cluster).set("auto.offset.reset", reset);
    Consumer::builder(config).assign(TOPIC, Start::Offset(offset)).unwrap()
}

#[tokio::test]
async fn beyond_the_end_is_where_the_reset_says() {
    let cluster = cluster(1, COUNT);
    let end = i64::try_from(COUNT).unwrap();
    let earliest = beyond(&cluster, "earliest", end + 1_000);
    assert_eq!(soon("a message", earliest.recv()).await.unwrap().offset(), 0);

    let latest = beyond(&cluster, "latest", end + 1_000);
    until("an assignment", || !latest.assignment().is_empty()).await;
    let mut stream = latest.stream();
    // It stands at the end at some time, and what is written from then on is read without a gap.
    let first = soon("a message", async {
        loop {
            cluster.seed(TOPIC, 1, 1, 10).unwrap();
            if let Some(item) = stream.next().now_or_never() {
                break item.unwrap().unwrap().offset();
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    assert!(first >= end);
    cluster.seed(TOPIC, 1, 10, 10).unwrap();
    for offset in first + 1..first + 11 {
        assert_eq!(soon("a message", stream.next()).await.unwrap().unwrap().offset(), offset);
    }
}

#[tokio::test]
async fn beyond_the_end_is_an_error_once_if_nothing_says_where_to_go_on() {
    let cluster = cluster(2, 2 * COUNT);
    let asked = i64::try_from(COUNT).unwrap() + 1_000;
    let [lost, kept] = [0, 1].map(|number| TopicPartition::new(TOPIC, number));
    let config = quick(&cluster).set("auto.offset.reset", "error");
    let starts = [(lost.clone(), Start::Offset(asked)), (kept, Start::Earliest)];
    let starts = starts.map(|(partition, start)| PartitionOffset::from_start(partition, start));
    let consumer = Consumer::builder(config).assign_partitions(starts).unwrap();
    let mut stream = consumer.stream();
    let mut read = Read::default();
    read.until(COUNT, &mut stream).await;
    if read.errors.is_empty() {
        let error = read.error(&mut stream).await;
        read.errors.push(error);
    }
    // librdkafka reads that partition no further, and says so once; the other is read on.
    for round in 2..10 {
        cluster.seed(TOPIC, 2, 2 * COUNT, 10).unwrap();
        read.until(round * COUNT, &mut stream).await;
    }
    let [error] = &read.errors[..] else { panic!("{:?}", read.errors) };
    assert_eq!(place(error), (&lost, asked, ErrorCode::AUTO_OFFSET_RESET));
    // Nor does a seek wake it: the partition must be assigned anew.
    let refused = soon("an answer", consumer.seek(&lost, Start::Earliest)).await.unwrap_err();
    assert_eq!(code(&refused), ErrorCode::STATE);
}

#[tokio::test]
async fn a_group_that_may_not_be_joined_is_an_item() {
    let refused = [ErrorCode::GROUP_AUTHORIZATION_FAILED];
    for request in [ApiKey::FIND_COORDINATOR, ApiKey::JOIN_GROUP] {
        let cluster = cluster(1, COUNT);
        // Twice: librdkafka asks for the coordinator over its first connection, and does not always wait for the answer.
        cluster.push_request_errors(request, &refused.repeat(2));
        let consumer = consumer(&cluster, "group");
        let mut stream = consumer.stream();
        let mut read = Read::default();
        read.until(COUNT, &mut stream).await;
        assert!(!read.errors.is_empty(), "{request:?}");
        assert!(read.errors.iter().all(|error| code(error) == refused[0]), "{:?}", read.errors);
    }
}

#[tokio::test]
async fn a_topic_that_is_gone_or_forbidden_is_named_and_read_on_when_it_is_back() {
    for failed in [ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, ErrorCode::TOPIC_AUTHORIZATION_FAILED] {
        let cluster = cluster(PARTITIONS, COUNT);
        let config = quick(&cluster).set("topic.metadata.refresh.interval.ms", 50);
        let consumer = subscribed(config.set("topic.metadata.propagation.max.ms", 0));
        let mut stream = consumer.stream();
        let mut read = Read::default();
        read.until(COUNT, &mut stream).await;
        // The group gives up what is not there, and begins anew when it is back.
        soon("a commit", consumer.commit_delivered()).await.unwrap();
        cluster.set_topic_error(TOPIC, failed).unwrap();
        let error = read.error(&mut stream).await;
        let names = match error.kind() {
            ErrorKind::Topic { topic, .. } => &**topic == TOPIC,
            ErrorKind::Partition { partition, .. } => &*partition.topic == TOPIC,
            _ => false,
        };
        let is_so = [failed, ErrorCode::UNKNOWN_PARTITION].contains(&code(&error));
        assert!(names && is_so, "{error:?}");
        cluster.set_topic_error(TOPIC, None).unwrap();
        cluster.seed(TOPIC, PARTITIONS, COUNT, 100).unwrap();
        read.until(2 * COUNT, &mut stream).await;
    }
}

#[tokio::test]
async fn a_fatal_error_is_said_once_and_ends_everything() {
    let cluster = cluster(1, COUNT);
    let config = || cluster.consumer_config("group").set("group.instance.id", "one");
    let fence = || cluster.push_request_errors(ApiKey::HEARTBEAT, &[ErrorCode::FENCED_INSTANCE_ID]);
    let is_fatal = |error: &Error| matches!(error.kind(), ErrorKind::Fatal { .. });

    let reader = subscribed(config());
    let mut stream = reader.stream();
    let mut read = Read::default();
    read.until(COUNT, &mut stream).await;
    fence();
    let error = read.error(&mut stream).await;
    assert!(is_fatal(&error) && code(&error) == ErrorCode::FENCED_INSTANCE_ID, "{error:?}");
    assert!(soon("the end", stream.next()).await.is_none());
    assert!(matches!(soon("the end", reader.recv()).await.unwrap_err().kind(), ErrorKind::Closed));

    let split = subscribed(config().set("auto.offset.reset", "earliest").group_id("split"));
    let mut partitions = split.partitions();
    let mut partition = soon("a partition", partitions.next()).await.unwrap().unwrap();
    let mut read = Read::default();
    read.until(COUNT, &mut partition).await;
    fence();
    let error = soon("an error", partitions.next()).await.unwrap().map(drop).unwrap_err();
    assert!(is_fatal(&error), "{error:?}");
    assert!(soon("the end", partition.next()).await.is_none());
    assert!(soon("the end", partitions.next()).await.is_none());
}

#[tokio::test]
async fn a_broker_that_is_away_is_an_event_and_no_item() {
    let cluster = cluster(PARTITIONS, COUNT);
    let consumer = subscribed(quick(&cluster).set("reconnect.backoff.max.ms", 100));
    let mut events = consumer.events();
    let mut stream = consumer.stream();
    let mut read = Read::default();
    read.until(COUNT, &mut stream).await;
    cluster.go_down();
    let error = soon("an event", async {
        loop {
            if let Some(ConsumerEvent::Error(error)) = events.next().await {
                break error;
            }
        }
    })
    .await;
    assert!(error.is_retriable(), "{error:?}");
    assert!(stream.next().now_or_never().is_none(), "an outage is no item");
    cluster.come_up();
    cluster.seed(TOPIC, PARTITIONS, COUNT, 100).unwrap();
    read.until(2 * COUNT, &mut stream).await;
    assert!(read.errors.is_empty(), "{:?}", read.errors);
}
