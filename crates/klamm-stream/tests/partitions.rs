//! Partitions as streams of their own.

mod common;

use std::{
    future::poll_fn,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use common::{TOPIC, cluster, consumer, soon, until};
use futures_util::{FutureExt, StreamExt, TryStreamExt};
use klamm_core::{ErrorKind, Message, OwnedMessage, Position, TopicPartition};
use klamm_stream::{Consumer, PartitionEnd, PartitionStream};
use klamm_testing::MockCluster;

const CLOSE_WITHIN: Duration = Duration::from_secs(10);

/// A member of a group that hands partitions over one by one.
fn member(cluster: &MockCluster) -> Consumer {
    Consumer::builder(cluster.consumer_protocol_config("group")).subscribe([TOPIC]).unwrap()
}

async fn streams(consumer: &Consumer, count: usize) -> Vec<PartitionStream> {
    let mut streams: Vec<_> =
        soon("partitions", consumer.partitions().take(count).try_collect()).await.unwrap();
    streams.sort_by_key(|stream: &PartitionStream| stream.partition().partition);
    streams
}

async fn offsets(stream: &mut PartitionStream, count: usize) -> Vec<i64> {
    let partition = stream.partition().partition;
    let read = stream.take(count).map_ok(|message| {
        assert_eq!(message.partition(), partition);
        message.offset()
    });
    soon("messages", read.try_collect()).await.unwrap()
}

/// Takes out the stream whose partition is being revoked.
async fn revoked(consumer: &Consumer, streams: &mut Vec<PartitionStream>) -> PartitionStream {
    until("a revoke", || consumer.diagnostics().held() == 1).await;
    let held = consumer.diagnostics().partitions.into_iter().find(|it| it.is_held).unwrap().partition;
    let index = streams.iter().position(|stream| *stream.partition() == held).unwrap();
    streams.swap_remove(index)
}

#[tokio::test]
async fn each_partition_is_read_in_order_by_its_own_stream() {
    let cluster = cluster(4, 4_000);
    let consumer = consumer(&cluster, "group");
    let mut streams = streams(&consumer, 4).await;
    for (number, stream) in streams.iter_mut().enumerate() {
        assert_eq!(*stream.partition(), TopicPartition::new(TOPIC, i32::try_from(number).unwrap()));
        assert_eq!(offsets(stream, 1_000).await, (0..1_000).collect::<Vec<_>>());
        assert!(stream.next().now_or_never().is_none() && stream.take_end().is_none());
    }
    cluster.seed(TOPIC, 4, 4, 10).unwrap();
    for stream in &mut streams {
        assert_eq!(offsets(stream, 1).await, [1_000]);
    }
}

#[tokio::test]
async fn a_partition_stream_wakes_its_own_task_only() {
    const ROUNDS: usize = 50;
    let cluster = cluster(2, 0);
    let consumer = consumer(&cluster, "group");
    let [mut idle, mut busy] = <[_; 2]>::try_from(streams(&consumer, 2).await).unwrap();
    let polls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&polls);
    let idle = tokio::spawn(async move {
        poll_fn(|cx| {
            counted.fetch_add(1, Ordering::Relaxed);
            idle.try_poll_next_unpin(cx)
        })
        .await
        .unwrap()
        .map(|message| message.offset())
    });
    let write = |partition: i32| {
        let one = OwnedMessage::builder(TOPIC).partition(partition).payload("a").build();
        cluster.write([&one]).unwrap();
    };
    for round in 0..ROUNDS {
        write(1);
        assert_eq!(offsets(&mut busy, 1).await, [i64::try_from(round).unwrap()]);
    }
    assert!(!idle.is_finished());
    write(0);
    assert_eq!(soon("a message", idle).await.unwrap().unwrap(), 0);
    // Once to begin with, once for the message, and for what librdkafka puts into the queue at the assignment.
    let polls = polls.load(Ordering::Relaxed);
    assert!(polls < ROUNDS / 4, "polled {polls} times");
}

#[tokio::test]
async fn messages_are_taken_in_one_way_at_a_time() {
    let cluster = cluster(1, 10);
    let consumer = consumer(&cluster, "group");
    let is_taken = |error: &klamm_core::Error| matches!(error.kind(), ErrorKind::Taken);
    let stream = consumer.stream();
    let refused = soon("an answer", consumer.partitions().next()).await.unwrap().unwrap_err();
    assert!(is_taken(&refused));
    drop(stream);
    let mut partitions = consumer.partitions();
    let mut partition = soon("a partition", partitions.next()).await.unwrap().unwrap();
    assert!(is_taken(&soon("an answer", consumer.recv()).await.unwrap_err()));
    drop(partitions);
    assert!(is_taken(&soon("an answer", consumer.stream().next()).await.unwrap().unwrap_err()));
    assert_eq!(offsets(&mut partition, 3).await, [0, 1, 2]);
    drop(partition);
    let rest = consumer.stream().take(7).map_ok(|message| message.offset());
    assert_eq!(soon("the rest", rest.try_collect::<Vec<_>>()).await.unwrap(), [3, 4, 5, 6, 7, 8, 9]);
}

#[tokio::test]
async fn an_assignment_is_handed_out_once_and_again_when_it_is_asked_for_anew() {
    let cluster = cluster(1, 10);
    let consumer = consumer(&cluster, "group");
    let mut partitions = consumer.partitions();
    let mut first = soon("a partition", partitions.next()).await.unwrap().unwrap();
    assert_eq!(offsets(&mut first, 4).await, [0, 1, 2, 3]);
    drop(first);
    assert!(partitions.next().now_or_never().is_none());
    drop(partitions);
    let mut again = soon("a partition", consumer.partitions().next()).await.unwrap().unwrap();
    assert_eq!(offsets(&mut again, 6).await, [4, 5, 6, 7, 8, 9]);
}

#[tokio::test]
async fn a_revoke_waits_for_the_stream_and_what_it_delivered_can_be_committed() {
    let cluster = cluster(2, 2_000);
    let consumer = member(&cluster);
    let mut partitions = consumer.partitions();
    let mut streams = Vec::new();
    for _ in 0..2 {
        let mut stream = soon("a partition", partitions.next()).await.unwrap().unwrap();
        assert_eq!(offsets(&mut stream, 10).await.len(), 10);
        streams.push(stream);
    }
    let heir = member(&cluster);
    let mut stream = soon("a revoke", revoked(&consumer, &mut streams)).await;
    assert!(soon("the end", stream.next()).await.is_none());
    let Some(PartitionEnd::Revoked(token)) = stream.take_end() else { panic!("it was revoked") };
    assert_eq!(token.epochs(), [stream.epoch()]);
    assert!(stream.next().await.is_none() && stream.take_end().is_none());
    let position = consumer.position(stream.partition()).unwrap().unwrap();
    soon("a commit", consumer.commit_delivered()).await.unwrap();
    assert_eq!(consumer.diagnostics().held(), 1);
    assert!(heir.diagnostics().partitions.is_empty(), "handed over while it was held");
    drop(token);
    let message = soon("a message for the heir", heir.recv()).await.unwrap();
    assert_eq!((message.partition(), message.offset()), (stream.partition().partition, position.offset()));
    cluster.seed(TOPIC, 2, 2, 10).unwrap();
    let kept = &mut streams[0];
    let mut next = 10;
    while next <= 1_000 {
        assert_eq!(soon("the other is read on", kept.try_next()).await.unwrap().unwrap().offset(), next);
        next += 1;
    }
}

#[tokio::test]
async fn a_partition_that_comes_back_is_a_new_stream() {
    let cluster = cluster(2, 200);
    let consumer = member(&cluster);
    let mut partitions = consumer.partitions();
    let mut streams = Vec::new();
    for _ in 0..2 {
        streams.push(soon("a partition", partitions.next()).await.unwrap().unwrap());
    }
    let epochs: Vec<_> = streams.iter().map(PartitionStream::epoch).collect();
    let other = member(&cluster);
    let name = soon("a revoke", revoked(&consumer, &mut streams)).await.partition().clone();
    until("a hand-over", || !other.diagnostics().partitions.is_empty()).await;
    assert!(soon("the end", other.close(CLOSE_WITHIN)).await.has_left);
    let mut back = soon("a partition", partitions.next()).await.unwrap().unwrap();
    assert_eq!(*back.partition(), name);
    assert!(!epochs.contains(&back.epoch()));
    assert_eq!(offsets(&mut back, 100).await, (0..100).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_close_ends_the_streams_and_waits_for_them() {
    let cluster = cluster(2, 200);
    let consumer = consumer(&cluster, "group");
    let mut partitions = consumer.partitions();
    let mut tasks = Vec::new();
    for _ in 0..2 {
        let mut stream = soon("a partition", partitions.next()).await.unwrap().unwrap();
        tasks.push(tokio::spawn(async move {
            let mut count = 0;
            while let Some(message) = stream.try_next().await.unwrap() {
                assert_eq!(message.offset(), count);
                count += 1;
            }
            let end = stream.take_end();
            assert!(matches!(end, Some(PartitionEnd::Closed(_))), "{end:?}");
            stream.consumer().commit_delivered().await.unwrap();
            count
        }));
    }
    let read = || {
        let positions = consumer.assignment().into_iter().filter_map(|it| consumer.position(&it).unwrap());
        positions.map(Position::offset).sum::<i64>()
    };
    until("everything is read", || read() == 200).await;
    let report = soon("the end", consumer.close(CLOSE_WITHIN)).await;
    assert!(report.is_drained && report.has_left, "{report:?}");
    for task in tasks {
        assert_eq!(soon("a task", task).await.unwrap(), 100);
    }
    assert_eq!(cluster.committed("group", TOPIC, 2).unwrap(), [Some(100), Some(100)]);
    assert!(soon("the end", partitions.next()).await.is_none());
}

#[tokio::test]
async fn a_stream_that_is_kept_and_not_read_holds_a_close_up_to_its_deadline() {
    let cluster = cluster(1, 10);
    let consumer = consumer(&cluster, "group");
    let mut kept = streams(&consumer, 1).await.remove(0);
    assert_eq!(offsets(&mut kept, 1).await, [0]);
    let report = soon("the end", consumer.close(Duration::from_millis(200))).await;
    assert!(!report.is_drained, "{report:?}");
    assert!(kept.next().await.is_none());
    assert!(matches!(kept.take_end(), Some(PartitionEnd::Lost)));
}

#[tokio::test]
async fn what_is_left_when_nothing_is_handed_out_any_more_can_be_read_otherwise() {
    let cluster = cluster(1, 10);
    let consumer = consumer(&cluster, "group");
    let mut partitions = consumer.partitions();
    let mut partition = soon("a partition", partitions.next()).await.unwrap().unwrap();
    assert_eq!(offsets(&mut partition, 3).await, [0, 1, 2]);
    drop(partition);
    assert!(partitions.next().now_or_never().is_none(), "it is handed out once");
    drop(partitions);
    for expected in 3..10 {
        assert_eq!(soon("the rest", consumer.recv()).await.unwrap().offset(), expected);
    }
}
