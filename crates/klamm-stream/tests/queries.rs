//! What a consumer can be asked, and what it says by itself.

mod common;

use std::time::{Duration, Instant};

use common::{TOPIC, cluster, consumer, soon, until};
use futures_util::{FutureExt, StreamExt};
use klamm_core::{ErrorCode, ErrorKind, Message, Start, TopicPartition};
use klamm_stream::{Consumer, ConsumerEvent};
use klamm_testing::MockCluster;

fn orders(partition: i32) -> TopicPartition {
    TopicPartition::new(TOPIC, partition)
}

#[tokio::test]
async fn the_brokers_answer() {
    let cluster = cluster(2, 100);
    let consumer = consumer(&cluster, "group");
    let watermarks = soon("watermarks", consumer.watermarks(&orders(1))).await.unwrap();
    assert_eq!((watermarks.low, watermarks.high), (0, 50));
    let metadata = soon("metadata", consumer.metadata(Some(TOPIC))).await.unwrap();
    assert_eq!(metadata.topic(TOPIC).unwrap().partitions.len(), 2);
    assert_eq!(soon("metadata", consumer.metadata(None)).await.unwrap().topics.len(), 1);
    let none = soon("committed", consumer.committed(&[orders(0)])).await.unwrap();
    assert_eq!(none.get(TOPIC, 0).unwrap().position(), None);
    let message = soon("a message", consumer.recv()).await.unwrap();
    soon("a commit", consumer.commit(&message)).await.unwrap();
    let partition = orders(message.partition());
    let committed = soon("committed", consumer.committed(std::slice::from_ref(&partition))).await.unwrap();
    assert_eq!(committed.get(TOPIC, message.partition()).unwrap().position().unwrap().offset(), 1);
    let lag = soon("the lag", consumer.lag()).await.unwrap();
    assert_eq!(
        lag.iter().map(|it| (&it.partition, it.lag, it.end)).collect::<Vec<_>>(),
        [(&partition, 49, 50)]
    );
    let metadata = soon("group metadata", consumer.group_metadata()).await.unwrap();
    assert_eq!(metadata.group(), "group");
    assert!(!metadata.member().is_empty());
}

#[tokio::test]
async fn brokers_that_do_not_answer_are_a_timeout_and_nobody_is_blocked() {
    let cluster = cluster(1, 1);
    let builder = Consumer::builder(cluster.consumer_config("group"));
    let consumer = builder.request_timeout(Duration::from_millis(300)).subscribe([TOPIC]).unwrap();
    soon("a message", consumer.recv()).await.unwrap();
    cluster.go_down();
    let started = Instant::now();
    let partition = [orders(0)];
    let (watermarks, committed, metadata, lag) = futures_util::join!(
        consumer.watermarks(&partition[0]),
        consumer.committed(&partition),
        consumer.metadata(None),
        consumer.lag(),
    );
    for error in [watermarks.unwrap_err(), committed.unwrap_err(), metadata.unwrap_err(), lag.unwrap_err()] {
        let is_told =
            matches!(error.kind(), ErrorKind::Timeout { after, .. } if *after == Duration::from_millis(300));
        assert!(is_told || error.is_retriable(), "{error:?}");
    }
    // Side by side, not one after the other.
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    let mut asked = std::pin::pin!(consumer.watermarks(&partition[0]));
    let started = Instant::now();
    assert!(asked.as_mut().now_or_never().is_none());
    assert!(started.elapsed() < Duration::from_millis(50), "a poll took {:?}", started.elapsed());
}

#[tokio::test]
async fn a_subscription_changes_and_ends() {
    let cluster = cluster(1, 10);
    cluster.create_topic("refunds", 1).unwrap();
    cluster.seed("refunds", 1, 10, 10).unwrap();
    let consumer = Consumer::builder(cluster.consumer_protocol_config("group")).subscribe([TOPIC]).unwrap();
    assert_eq!(consumer.subscription(), [TOPIC]);
    let mut stream = consumer.stream();
    assert_eq!(soon("a message", stream.next()).await.unwrap().unwrap().topic(), TOPIC);
    soon("a new subscription", consumer.subscribe(["refunds"])).await.unwrap();
    assert_eq!(consumer.subscription(), ["refunds"]);
    while soon("a message", stream.next()).await.unwrap().unwrap().topic() != "refunds" {}
    soon("the end of it", consumer.unsubscribe()).await.unwrap();
    assert!(consumer.subscription().is_empty());
    until("nothing is left", || consumer.assignment().is_empty()).await;
    assert!(stream.next().now_or_never().is_none(), "the stream waits");
    soon("a new subscription", consumer.subscribe(["^ord.*"])).await.unwrap();
    assert_eq!(soon("a message", stream.next()).await.unwrap().unwrap().topic(), TOPIC);
    assert!(soon("an answer", consumer.subscribe(["a\0b"])).await.is_err());
    assert_eq!(consumer.subscription(), ["^ord.*"]);
}

#[tokio::test]
async fn assignments_and_events_tell_what_happens() {
    let cluster = cluster(2, 0);
    let config = cluster.consumer_protocol_config("group").set("statistics.interval.ms", 50);
    let consumer = Consumer::builder(config).subscribe([TOPIC]).unwrap();
    let (mut events, mut assignments) = (consumer.events(), consumer.assignments());
    let mut assignment = soon("the first", assignments.next()).await.unwrap();
    let mut has_statistics = false;
    loop {
        match soon("an event", events.next()).await.unwrap() {
            ConsumerEvent::Statistics(statistics) => has_statistics = !statistics.brokers.is_empty(),
            ConsumerEvent::Assigned(partitions) if partitions.len() == 2 => break,
            other => assert!(matches!(other, ConsumerEvent::Assigned(_)), "{other:?}"),
        }
    }
    while assignment != [orders(0), orders(1)] {
        assignment = soon("the assignment", assignments.next()).await.unwrap();
    }
    while !has_statistics {
        if let ConsumerEvent::Statistics(_) = soon("an event", events.next()).await.unwrap() {
            has_statistics = true;
        }
    }
    cluster.go_down();
    let is_outage =
        |event: &ConsumerEvent| matches!(event, ConsumerEvent::Error(error) if error.is_retriable());
    while !is_outage(&soon("an outage", events.next()).await.unwrap()) {}
    assert!(consumer.recv().now_or_never().is_none(), "an outage is no item");
    cluster.come_up();
    soon("the end", consumer.close(Duration::from_secs(10))).await;
    while let Some(event) = soon("the end of events", events.next()).await {
        assert!(!matches!(event, ConsumerEvent::Lost(_)), "{event:?}");
    }
    while soon("the end of assignments", assignments.next()).await.is_some() {}
    assert!(matches!(consumer.group_metadata().await.unwrap_err().kind(), ErrorKind::Closed));
    assert!(matches!(consumer.watermarks(&orders(0)).await.unwrap_err().kind(), ErrorKind::Closed));
}

#[tokio::test]
async fn a_partition_that_nobody_reads_is_reported_once_until_it_moves() {
    let cluster = cluster(1, 100);
    let builder = Consumer::builder(cluster.consumer_config("group"));
    let consumer = builder.stall_after(Duration::from_millis(200)).subscribe([TOPIC]).unwrap();
    let mut events = consumer.events();
    let mut stream = consumer.stream();
    assert_eq!(soon("a message", stream.next()).await.unwrap().unwrap().offset(), 0);
    let stalled = loop {
        if let ConsumerEvent::Stalled(stalled) = soon("a report", events.next()).await.unwrap() {
            break stalled;
        }
    };
    assert_eq!((stalled.partition, stalled.position.unwrap().offset()), (orders(0), 1));
    assert!(stalled.since >= Duration::from_millis(200));
    assert!(events.next().now_or_never().is_none());
    for _ in 1..100 {
        soon("a message", stream.next()).await.unwrap().unwrap();
    }
    // Nothing is left: there is nothing to be stalled.
    assert!(stream.next().now_or_never().is_none());
    let quiet = tokio::time::timeout(Duration::from_millis(500), events.next()).await;
    assert!(quiet.is_err(), "{quiet:?}");
}

#[tokio::test]
async fn partitions_are_assigned_without_a_group() {
    let cluster = cluster(2, 100);
    let without_group = || Consumer::builder(cluster.config().set("fetch.wait.max.ms", 10));
    for (start, first) in [(Start::Earliest, 0), (Start::Offset(20), 20), (Start::Tail(3), 47)] {
        let consumer = without_group().assign(TOPIC, start).unwrap();
        let mut stream = consumer.stream();
        let mut next = [first; 2];
        while next != [50; 2] {
            let message = soon("a message", stream.next()).await.unwrap().unwrap();
            let next = &mut next[usize::try_from(message.partition()).unwrap()];
            assert_eq!(message.offset(), *next, "{start}");
            *next += 1;
        }
        assert_eq!(consumer.assignment(), [orders(0), orders(1)]);
        let error = consumer.commit_delivered().await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::NoGroup { .. }), "{error}");
        assert!(consumer.committed(&[orders(0)]).await.is_err() && consumer.unsubscribe().await.is_err());
        assert!(soon("the end", consumer.close(Duration::from_secs(10))).await.has_left);
        assert!(soon("the end", stream.next()).await.is_none());
    }
    let error = without_group().assign(TOPIC, Start::Committed).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Config(_)), "{error}");
}

#[tokio::test]
async fn assigned_partitions_can_commit_under_a_groups_name() {
    let cluster = cluster(1, 100);
    for first in [0, 10, 20] {
        let builder = Consumer::builder(cluster.consumer_config("group"));
        let consumer = builder.assign_partitions([orders(0)]).unwrap();
        for offset in first..first + 10 {
            assert_eq!(soon("a message", consumer.recv()).await.unwrap().offset(), offset);
        }
        soon("a commit", consumer.commit_delivered()).await.unwrap();
        assert!(soon("the end", consumer.close(Duration::from_secs(10))).await.has_left);
    }
}

#[tokio::test]
async fn what_cannot_be_assigned_is_an_item_and_brokers_are_waited_for() {
    let cluster = MockCluster::start(1).unwrap();
    let consumer = Consumer::builder(cluster.config().set("allow.auto.create.topics", false));
    let consumer = consumer.assign("no-such-topic", Start::Earliest).unwrap();
    let error = soon("an error", consumer.recv()).await.unwrap_err();
    let is_named = matches!(error.kind(), ErrorKind::Topic { topic, code, .. }
        if &**topic == "no-such-topic" && *code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
    assert!(is_named, "{error:?}");
    cluster.create_topic("no-such-topic", 1).unwrap();
    cluster.seed("no-such-topic", 1, 1, 10).unwrap();
    assert_eq!(soon("a message", consumer.recv()).await.unwrap().offset(), 0);
    cluster.go_down();
    let builder = Consumer::builder(cluster.config()).request_timeout(Duration::from_millis(200));
    let consumer = builder.assign("no-such-topic", Start::Earliest).unwrap();
    let mut events = consumer.events();
    let mut seen = None;
    while !matches!(seen, Some(ConsumerEvent::Error(_))) {
        seen = Some(soon("an outage", events.next()).await.unwrap());
    }
    assert!(consumer.recv().now_or_never().is_none());
    cluster.come_up();
    assert_eq!(soon("a message", consumer.recv()).await.unwrap().offset(), 0);
}

#[tokio::test]
async fn a_batch_is_seen_whole_and_what_is_left_of_it_comes_next() {
    let cluster = cluster(1, 1_000);
    let consumer = consumer(&cluster, "group");
    let mut stream = consumer.stream();
    assert_eq!(soon("a message", stream.next()).await.unwrap().unwrap().offset(), 0);
    let mut next = 1;
    while next < 1_000 {
        let batch = soon("a batch", stream.next_batch()).await.unwrap().unwrap();
        assert_eq!(*batch.topic_partition(), orders(0));
        let epoch = batch.epoch();
        let left = batch.size_hint().1.unwrap();
        assert!((1..=256).contains(&left));
        for message in batch.take(100) {
            assert_eq!((message.offset(), message.epoch()), (next, epoch));
            next += 1;
        }
    }
    assert!(stream.next_batch().now_or_never().is_none());
    soon("the end", consumer.close(Duration::from_secs(10))).await;
    assert!(soon("the end", stream.next_batch()).await.is_none());
}

/// A reader's poll ends what the control thread's endless one has told librdkafka; nobody but the watch would poll again.
#[tokio::test]
async fn a_slow_handler_keeps_its_partitions_without_a_stall_watch() {
    let cluster = cluster(1, 100);
    let config =
        cluster.consumer_config("group").set("max.poll.interval.ms", 2_000).set("session.timeout.ms", 2_000);
    let builder = Consumer::builder(config).stall_after(Duration::MAX);
    let consumer = builder.subscribe([TOPIC]).unwrap();
    let mut events = consumer.events();
    let message = soon("a message", consumer.recv()).await.unwrap();
    let slow = Instant::now();
    while slow.elapsed() < Duration::from_secs(4) {
        if let Ok(Some(event)) = tokio::time::timeout(Duration::from_millis(100), events.next()).await {
            assert!(!matches!(event, ConsumerEvent::Lost(_) | ConsumerEvent::Revoked(_)), "{event:?}");
        }
    }
    soon("a commit", consumer.commit(&message)).await.unwrap();
}

#[tokio::test]
async fn a_subscription_that_follows_an_end_still_under_way_holds() {
    let cluster = cluster(1, 10);
    let consumer = Consumer::builder(cluster.consumer_protocol_config("group")).subscribe([TOPIC]).unwrap();
    let mut partition = soon("a partition", consumer.partitions().next()).await.unwrap().unwrap();
    soon("a message", partition.next()).await.unwrap().unwrap();
    // The stream is kept, so the end of the subscription waits for it.
    assert!(consumer.unsubscribe().now_or_never().is_none());
    let mut again = std::pin::pin!(consumer.subscribe(["^ord.*"]));
    assert!(again.as_mut().now_or_never().is_none());
    drop(partition);
    soon("a new subscription", again).await.unwrap();
    assert_eq!(consumer.subscription(), ["^ord.*"]);
    assert_eq!(soon("a message", consumer.recv()).await.unwrap().offset(), 0);
}
