//! Positions that only a real cluster has: times, and the gaps that transactions leave. `cargo xtask test --only kafka`.

mod common;

use std::{
    future::poll_fn,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use common::{
    feeding::{self, assigned, reach},
    soon, until,
};
use futures_util::{FutureExt, StreamExt, TryStreamExt};
use klamm_core::{
    Message, OwnedMessage, Position, Start, Timestamp, TopicPartition,
    contract::{Commit, CommitResult, Feed, Source},
    native::{Content, RawProducer},
};
use klamm_stream::Consumer;
use klamm_testing::KafkaCluster;

const BEGIN: i64 = 1_700_000_000_000;
const WITHIN: Duration = Duration::from_secs(60);

fn cluster() -> KafkaCluster {
    KafkaCluster::from_env().expect("`cargo xtask kafka run -- …` names the brokers")
}

async fn offsets(consumer: &Consumer, count: usize) -> Vec<i64> {
    let read = consumer.stream().take(count).map_ok(|message| message.offset());
    soon("messages", read.try_collect()).await.unwrap()
}

#[tokio::test]
async fn reading_begins_at_a_time_and_is_moved_to_one() {
    let (cluster, topic) = (cluster(), "positions-by-time");
    cluster.create_topic(topic, 2, 1).unwrap();
    // A message each second, in both partitions.
    let written: Vec<_> = (0..200)
        .map(|index| {
            let time = Timestamp::CreateTime(BEGIN + index / 2 * 1_000);
            let partition = i32::try_from(index % 2).unwrap();
            OwnedMessage::builder(topic).partition(partition).payload("a").timestamp(time).build()
        })
        .collect();
    cluster.write(&written).unwrap();
    let builder = Consumer::builder(cluster.config().set("auto.offset.reset", "error"));
    let consumer = builder.assign(topic, Start::Timestamp(BEGIN + 40_500)).unwrap();
    let mut next = [41; 2];
    let mut stream = consumer.stream();
    while next != [100; 2] {
        let message = soon("a message", stream.next()).await.unwrap().unwrap();
        let next = &mut next[usize::try_from(message.partition()).unwrap()];
        assert_eq!(message.offset(), *next);
        *next += 1;
    }
    drop(stream);
    let second = TopicPartition::new(topic, 1);
    soon("a seek", consumer.seek(&second, Start::Timestamp(BEGIN + 90_000))).await.unwrap();
    assert_eq!(offsets(&consumer, 10).await, (90..100).collect::<Vec<_>>());
    // Later than everything is the end.
    soon("a seek", consumer.seek(&second, Start::Timestamp(BEGIN + 1_000_000))).await.unwrap();
    assert!(consumer.recv().now_or_never().is_none());
    let lag = soon("the lag", consumer.lag()).await.unwrap();
    assert!(lag.iter().all(|it| it.lag == 0 && it.end == 100), "{lag:?}");
}

/// A committed and an aborted transaction leave markers, which take offsets and are no messages, and messages that nobody
/// is to see.
#[tokio::test]
async fn gaps_of_transactions_are_stepped_over_and_never_counted() {
    let (cluster, topic) = (cluster(), "positions-with-gaps");
    cluster.create_topic(topic, 1, 1).unwrap();
    let written = thread::spawn(move || write_transactions(topic)).join().unwrap();
    let builder = Consumer::builder(cluster.config().group_id("positions-with-gaps"));
    let consumer = builder.assign(topic, Start::Earliest).unwrap();
    let partition = TopicPartition::new(topic, 0);
    let mut stream = consumer.stream();
    for offset in &written.committed {
        assert_eq!(soon("a message", stream.next()).await.unwrap().unwrap().offset(), *offset);
        assert_eq!(consumer.position(&partition).unwrap().map(Position::offset), Some(offset + 1));
    }
    assert!(stream.next().now_or_never().is_none(), "what was aborted is not seen");
    soon("a commit", consumer.commit_delivered()).await.unwrap();
    let committed = soon("committed", consumer.committed(std::slice::from_ref(&partition))).await.unwrap();
    let position = committed.get(topic, 0).unwrap().position().unwrap().offset();
    assert_eq!(position, written.committed.last().unwrap() + 1, "no offset that no message had");
    // Into a gap: the next message is the one behind it.
    let gap = written.aborted[0];
    soon("a seek", consumer.seek(&partition, Start::Offset(gap))).await.unwrap();
    let behind = written.committed.iter().find(|offset| **offset > gap).unwrap();
    assert_eq!(soon("a message", stream.next()).await.unwrap().unwrap().offset(), *behind);
}

/// What a transaction leaves behind its messages is never delivered, and a position passes it all the same.
#[tokio::test]
async fn a_position_lies_behind_what_transactions_leave_at_the_end() {
    let cluster = cluster();
    let some: fn(usize) -> bool = |round| round % 3 == 1;
    // One that ends with the marker of a commit, and one that has nothing but what was aborted.
    for (topic, is_aborted) in [("positions-behind-a-marker", some), ("positions-of-nothing", |_| true)] {
        cluster.create_topic(topic, 1, 1).unwrap();
        let write = move || write_rounds(topic, 9, is_aborted);
        let written = thread::spawn(write).join().unwrap();
        let end = cluster.end_offsets(topic, 1).unwrap()[0];
        assert!(written.committed.iter().chain(&written.aborted).all(|offset| *offset < end - 1));
        let builder = Consumer::builder(cluster.config().group_id(topic));
        let consumer = builder.assign(topic, Start::Earliest).unwrap();
        let mut feed = consumer.feed().unwrap();
        let epoch = assigned(&mut feed, 1).await[&0];
        assert_eq!(feeding::offsets(&mut feed, written.committed.len()).await, written.committed);
        reach(&mut feed, epoch, end).await;
        // It sleeps at the end, and a marker that comes alone wakes it.
        let write = move || write_rounds(topic, 1, |_| true);
        let ((), late) = tokio::join!(
            poll_fn(|cx| {
                while feed.poll_message(cx).map(|item| item.unwrap().is_err()).is_ready() {}
                let at = feed.position(epoch).map_or(end, Position::offset);
                if at > end { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
            }),
            tokio::task::spawn_blocking(write),
        );
        assert!(!late.unwrap().aborted.is_empty());
        let end = cluster.end_offsets(topic, 1).unwrap()[0];
        reach(&mut feed, epoch, end).await;
        let at = feed.position(epoch).unwrap();
        let answer = soon("a commit", Commit::commit(&consumer, vec![(epoch, at)])).await;
        assert!(matches!(answer[..], [(_, CommitResult::Committed(_))]), "{answer:?}");
        assert_eq!(cluster.committed(topic, topic, 1).unwrap(), [Some(end)]);
        let lag = soon("the lag", consumer.lag()).await.unwrap();
        assert!(lag.iter().all(|it| it.end == end), "{lag:?}");
    }
}

/// A member with a lasting name that is away for less than its session comes back to its partitions without a rebalance.
#[tokio::test]
async fn a_static_member_comes_back_without_a_rebalance() {
    let (cluster, topic) = (cluster(), "positions-static");
    cluster.create_topic(topic, 4, 1).unwrap();
    for protocol in ["classic", "consumer"] {
        let member = |instance: &str| {
            let config = cluster.config().group_id(format!("positions-static-{protocol}"));
            let config = config.set("group.protocol", protocol).set("group.instance.id", instance);
            Consumer::builder(config).subscribe([topic]).unwrap()
        };
        let (stays, goes) = (member("stays"), member("goes"));
        let counts = |one: &Consumer, other: &Consumer| (one.assignment().len(), other.assignment().len());
        until("shares", || counts(&stays, &goes) == (2, 2)).await;
        let (kept, left) = (stays.assignment(), goes.assignment());
        let rebalances = stays.diagnostics().rebalances;
        assert!(soon("the end", goes.close(WITHIN)).await.has_left);
        let back = member("goes");
        until("the partitions are back", || back.assignment() == left).await;
        assert_eq!((stays.assignment(), stays.diagnostics().rebalances), (kept, rebalances), "{protocol}");
    }
}

/// The offsets of messages in transactions that were committed, and in those that were aborted.
struct Written {
    committed: Vec<i64>,
    aborted: Vec<i64>,
}

fn write_transactions(topic: &str) -> Written {
    write_rounds(topic, 9, |round| round % 3 == 1)
}

/// Writes transactions of five messages each.
fn write_rounds(topic: &str, rounds: usize, is_aborted: impl Fn(usize) -> bool) -> Written {
    let config = cluster().config().set("transactional.id", topic);
    let (producer, mut queue) = RawProducer::start(&config, None, ()).unwrap();
    let producer = Arc::new(producer);
    let is_over = Arc::new(AtomicBool::new(false));
    let (offsets, reported) = std::sync::mpsc::channel();
    let reporter = {
        let (producer, is_over) = (Arc::clone(&producer), Arc::clone(&is_over));
        thread::spawn(move || {
            while !is_over.load(Ordering::Acquire) {
                if let Some(klamm_core::native::Event::Deliveries(deliveries)) =
                    queue.poll(Some(Duration::from_millis(100)))
                {
                    producer.deliveries(deliveries, |_, report| offsets.send(report.offset).unwrap(), |_| {});
                }
            }
        })
    };
    let client = producer.client();
    client.init_transactions(WITHIN).unwrap();
    let mut written = Written { committed: Vec::new(), aborted: Vec::new() };
    for round in 0..rounds {
        client.begin_transaction().unwrap();
        for _ in 0..5 {
            let mut record =
                Content { partition: Some(0), payload: Some(b"a"[..].into()), ..Content::default() };
            drop(producer.produce(&topic.into(), &mut record).unwrap());
        }
        let delivered: Vec<_> = (0..5).map(|_| reported.recv_timeout(WITHIN).unwrap()).collect();
        if is_aborted(round) {
            client.abort_transaction(WITHIN).unwrap();
            written.aborted.extend(delivered);
        } else {
            client.commit_transaction(WITHIN).unwrap();
            written.committed.extend(delivered);
        }
    }
    is_over.store(true, Ordering::Release);
    reporter.join().unwrap();
    written
}
