//! Where partitions are read: position, seek, pause, and commits of what was delivered.

mod common;

use common::{TOPIC, cluster, consumer, soon, until};
use futures_util::{FutureExt, StreamExt, TryStreamExt};
use klamm_core::{ErrorCode, PartitionOffset};
use klamm_core::{ErrorKind, Message, Position, Start, TopicPartition, TopicPartitionList};
use klamm_stream::{Consumer, MessageStream};
use klamm_testing::ApiKey;

fn orders(partition: i32) -> TopicPartition {
    TopicPartition::new(TOPIC, partition)
}

fn position(consumer: &Consumer) -> Option<i64> {
    consumer.position(&orders(0)).unwrap().map(Position::offset)
}

async fn offsets(stream: &mut MessageStream<'_>, count: usize) -> Vec<i64> {
    let read = stream.take(count).map_ok(|message| message.offset());
    soon("messages", read.try_collect()).await.unwrap()
}

#[tokio::test]
async fn a_position_is_after_the_last_message_delivered() {
    let cluster = cluster(1, 1_000);
    let consumer = consumer(&cluster, "group");
    assert!(matches!(consumer.position(&orders(0)).unwrap_err().kind(), ErrorKind::NotAssigned { .. }));
    until("an assignment", || !consumer.assignment().is_empty()).await;
    assert_eq!(position(&consumer), None);
    for offset in 0..10 {
        assert_eq!(soon("a message", consumer.recv()).await.unwrap().offset(), offset);
        assert_eq!(position(&consumer), Some(offset + 1));
    }
    let mut stream = consumer.stream();
    assert_eq!(position(&consumer), Some(10));
    for count in [1, 100, 200, 400] {
        let before = position(&consumer).unwrap();
        let read = offsets(&mut stream, count).await;
        assert_eq!(position(&consumer), Some(before + i64::try_from(count).unwrap()));
        assert_eq!(read[0], before);
    }
    drop(stream);
    assert_eq!(position(&consumer), Some(711), "what was given back is not delivered");
}

#[tokio::test]
async fn with_two_streams_a_position_is_the_lower_one() {
    let cluster = cluster(1, 2_000);
    let consumer = consumer(&cluster, "group");
    until("a full buffer", || consumer.diagnostics().waiting() >= 2_000).await;
    let (mut slow, mut quick) = (consumer.stream(), consumer.stream());
    assert_eq!(offsets(&mut slow, 5).await, [0, 1, 2, 3, 4]);
    let read = offsets(&mut quick, 1_000).await;
    assert!(read[0] >= 5 && *read.last().unwrap() > 1_000, "the rest of the slow stream's batch is its own");
    assert_eq!(position(&consumer), Some(5));
    let rest = offsets(&mut slow, 200).await;
    assert_eq!(position(&consumer), Some(rest.last().unwrap() + 1));
}

#[tokio::test]
async fn a_commit_of_what_was_delivered_commits_nothing_else() {
    let cluster = cluster(2, 2_000);
    let consumer = consumer(&cluster, "group");
    let mut stream = consumer.stream();
    let read: Vec<_> = soon("messages", stream.by_ref().take(300).try_collect()).await.unwrap();
    soon("a commit", consumer.commit_delivered()).await.unwrap();
    let count = |number| read.iter().filter(|message| message.partition() == number).count();
    let expected =
        [0, 1].map(|number| Some(i64::try_from(count(number)).unwrap()).filter(|count| *count > 0));
    assert_eq!(cluster.committed("group", TOPIC, 2).unwrap(), expected);
    soon("nothing to commit", consumer.commit_delivered()).await.unwrap();
}

#[tokio::test]
async fn positions_are_committed_as_a_list() {
    let cluster = cluster(2, 100);
    let consumer = consumer(&cluster, "group");
    until("an assignment", || consumer.assignment().len() == 2).await;
    let list = |offsets: [i64; 2]| -> TopicPartitionList {
        let at = |(number, offset)| PartitionOffset::at(orders(number), Position::at(offset));
        (0..).zip(offsets).map(at).collect()
    };
    soon("a commit", consumer.commit_positions(&list([7, 9]))).await.unwrap();
    assert_eq!(cluster.committed("group", TOPIC, 2).unwrap(), [Some(7), Some(9)]);
    let committed = soon("an answer", consumer.committed(&[orders(0), orders(1)])).await.unwrap();
    let at = |number| committed.get(TOPIC, number).unwrap().position().unwrap().offset();
    assert_eq!((at(0), at(1)), (7, 9));
    let mut other = list([8, 10]);
    other.add(PartitionOffset::at(orders(5), Position::at(1)));
    let error = soon("an answer", consumer.commit_positions(&other)).await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::NotAssigned { partition } if *partition == orders(5)),
        "{error}"
    );
    let error = soon("an answer", consumer.commit_positions(&[orders(0)].into_iter().collect())).await;
    assert_eq!(error.unwrap_err().code(), Some(ErrorCode::INVALID_ARGUMENT));
    assert_eq!(cluster.committed("group", TOPIC, 2).unwrap(), [Some(7), Some(9)]);
}

#[tokio::test]
async fn a_seek_moves_every_way_and_leaves_nothing_of_before() {
    let cluster = cluster(1, 5_000);
    let consumer = consumer(&cluster, "group");
    let mut stream = consumer.stream();
    assert_eq!(offsets(&mut stream, 3).await, [0, 1, 2]);
    for (start, first) in [
        (Start::Offset(4_000), 4_000),
        (Start::Offset(10), 10),
        (Start::Tail(5), 4_995),
        (Start::Earliest, 0),
        (Start::Offset(4_999), 4_999),
        (Start::Offset(0), 0),
    ] {
        soon("a seek", consumer.seek(&orders(0), start)).await.unwrap();
        let known = if let Start::Offset(offset) = start { Some(offset) } else { None };
        assert_eq!(position(&consumer), known, "{start}");
        let count = usize::try_from(5_000 - first).unwrap().min(600);
        let expected: Vec<_> = (first..5_000).take(count).collect();
        assert_eq!(offsets(&mut stream, count).await, expected, "{start}");
    }
    soon(
        "a commit",
        consumer.commit_positions(&[PartitionOffset::at(orders(0), Position::at(70))].into_iter().collect()),
    )
    .await
    .unwrap();
    soon("a seek", consumer.seek(&orders(0), Start::Committed)).await.unwrap();
    assert_eq!(offsets(&mut stream, 1).await, [70]);
    soon("a seek", consumer.seek(&orders(0), Start::Latest)).await.unwrap();
    assert!(stream.next().now_or_never().is_none());
    // Where the end is, is asked of the broker; what is written from then on comes.
    let written = async {
        loop {
            cluster.seed(TOPIC, 1, 1, 10).unwrap();
            if let Ok(read) = tokio::time::timeout(std::time::Duration::from_millis(50), stream.next()).await
            {
                break read.unwrap().unwrap().offset();
            }
        }
    };
    assert!(soon("a new message", written).await >= 5_000);
    let error = soon("an answer", consumer.seek(&orders(3), Start::Earliest)).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NotAssigned { .. }), "{error}");
    let error = soon("an answer", consumer.seek(&orders(0), Start::Offset(-5))).await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::INVALID_ARGUMENT));
}

#[tokio::test]
async fn a_paused_partition_stands_still_and_goes_on_where_it_was() {
    let cluster = cluster(2, 2_000);
    let consumer = consumer(&cluster, "group");
    let mut stream = consumer.stream();
    let first: Vec<_> = soon("messages", stream.by_ref().take(10).try_collect()).await.unwrap();
    let held = first.last().unwrap().partition();
    let next = consumer.position(&orders(held)).unwrap();
    consumer.pause([&orders(held)]).unwrap();
    assert_eq!(consumer.paused(), [orders(held)]);
    let other = 1 - held;
    let before = first.iter().filter(|message| message.partition() == other).count();
    let rest: Vec<_> = soon("messages", stream.by_ref().take(1_000 - before).try_collect()).await.unwrap();
    assert!(rest.iter().all(|message| message.partition() == other));
    assert!(stream.next().now_or_never().is_none(), "nothing of the other");
    assert_eq!(consumer.position(&orders(held)).unwrap(), next);
    let diagnostics = consumer.diagnostics();
    assert_eq!(diagnostics.partitions.iter().filter(|it| it.is_paused).count(), 1);
    consumer.resume([&orders(held)]).unwrap();
    let first_again = soon("a message", stream.next()).await.unwrap().unwrap();
    assert_eq!((first_again.partition(), Some(first_again.offset())), (held, next.map(Position::offset)));
    assert!(consumer.paused().is_empty());
    let error = consumer.pause([&orders(7), &orders(0)]).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NotAssigned { .. }) && consumer.paused() == [orders(0)]);
}

#[tokio::test]
async fn a_waiting_stream_goes_on_when_its_partition_is_resumed() {
    let cluster = cluster(1, 0);
    let consumer = consumer(&cluster, "group");
    until("an assignment", || !consumer.assignment().is_empty()).await;
    consumer.pause([&orders(0)]).unwrap();
    let mut stream = consumer.clone().into_stream();
    let task = tokio::spawn(async move { stream.next().await.unwrap().unwrap().offset() });
    cluster.seed(TOPIC, 1, 1, 10).unwrap();
    until("it is fetched", || consumer.diagnostics().waiting() > 0).await;
    assert!(!task.is_finished());
    consumer.resume([&orders(0)]).unwrap();
    assert_eq!(soon("a message", task).await.unwrap(), 0);
}

#[tokio::test]
async fn a_seek_right_after_an_assignment_waits_until_librdkafka_has_begun_to_fetch() {
    let cluster = cluster(1, 100);
    // The group's offsets, without which nothing is fetched, are asked for a second time.
    cluster.push_request_errors(ApiKey::OFFSET_FETCH, &[ErrorCode::COORDINATOR_LOAD_IN_PROGRESS]);
    let consumer = consumer(&cluster, "group");
    until("an assignment", || !consumer.assignment().is_empty()).await;
    soon("a seek", consumer.seek(&orders(0), Start::Offset(70))).await.unwrap();
    assert_eq!(soon("a message", consumer.recv()).await.unwrap().offset(), 70);
}

#[tokio::test]
async fn a_seek_to_where_nothing_is_goes_where_the_policy_says_and_drops_nothing() {
    let cluster = cluster(1, 100);
    for (policy, first) in [("earliest", 0), ("latest", 100)] {
        let config = cluster.consumer_config(policy).set("auto.offset.reset", policy);
        let consumer = Consumer::builder(config).subscribe([TOPIC]).unwrap();
        until("an assignment", || !consumer.assignment().is_empty()).await;
        // Without a commit, "committed" is what the policy says too.
        for start in [Start::Offset(1_500), Start::Committed] {
            soon("a seek", consumer.seek(&orders(0), start)).await.unwrap();
            let read = async {
                loop {
                    if first > 0 {
                        cluster.seed(TOPIC, 1, 1, 10).unwrap();
                    }
                    let next = tokio::time::timeout(std::time::Duration::from_millis(100), consumer.recv());
                    if let Ok(message) = next.await {
                        break message.unwrap().offset();
                    }
                }
            };
            let offset = soon("a message", read).await;
            assert!(offset == first || first > 0 && offset >= first, "{policy}, {start}: {offset}");
        }
    }
    let config = cluster.consumer_config("error").set("auto.offset.reset", "error");
    let consumer = Consumer::builder(config).subscribe([TOPIC]).unwrap();
    until("an assignment", || !consumer.assignment().is_empty()).await;
    let error = soon("an answer", consumer.seek(&orders(0), Start::Committed)).await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::NO_OFFSET));
    for offset in [-1, i64::MAX] {
        let list = [PartitionOffset::at(orders(0), Position::at(offset))].into_iter().collect();
        let error = soon("an answer", consumer.commit_positions(&list)).await.unwrap_err();
        assert_eq!(error.code(), Some(ErrorCode::INVALID_ARGUMENT));
    }
}
