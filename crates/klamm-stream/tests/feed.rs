//! What a pipeline takes its messages from: the feed of a consumer.

mod common;

use std::{collections::HashMap, sync::Arc, time::Duration};

use common::{
    TOPIC, cluster, consumer,
    feeding::{Task, assigned, item, message, offsets, reach},
    soon, until,
};
use futures_util::{FutureExt, StreamExt, TryStreamExt};
use klamm_core::{
    Epoch, ErrorCode, ErrorKind, Message, PartitionOffset, Position, Start, TopicPartition,
    contract::{Feed, IntoSource, Source},
};
use klamm_stream::Consumer;
use klamm_testing::ApiKey;

const CLOSE_WITHIN: Duration = Duration::from_secs(10);

/// Tells how many messages of a partition wait in librdkafka.
fn buffered(consumer: &Consumer, partition: i32) -> usize {
    let partitions = consumer.diagnostics().partitions;
    let found = partitions.into_iter().find(|it| it.partition.partition == partition);
    found.and_then(|it| it.buffered).unwrap_or(0)
}

#[tokio::test]
async fn what_is_withheld_waits_in_order_while_the_others_go_on() {
    const EACH: i64 = 1_000;
    let cluster = cluster(4, 4_000);
    let consumer = consumer(&cluster, "group");
    let mut feed = consumer.feed().unwrap();
    let epochs = assigned(&mut feed, 4).await;
    let (mut next, mut total, mut withheld) = ([0; 4], 0, None);
    while total < 3 * EACH + 10 {
        let message = message(&mut feed).await;
        let number = message.partition();
        let partition = usize::try_from(number).unwrap();
        assert_eq!(message.offset(), next[partition]);
        assert!(withheld != Some(number), "it is withheld");
        next[partition] += 1;
        total += 1;
        // In the middle of a batch.
        if withheld.is_none() && next[partition] == 10 {
            feed.withhold(epochs[&number]);
            withheld = Some(number);
        }
    }
    let withheld = epochs[&withheld.unwrap()];
    let task = Arc::new(Task::default());
    task.park(&mut feed).await;
    feed.serve(withheld);
    assert_eq!(offsets(&mut feed, 990).await, (10..EACH).collect::<Vec<_>>());
    task.park(&mut feed).await;
}

#[tokio::test]
async fn a_task_whose_partitions_are_all_withheld_sleeps_until_one_is_served() {
    let cluster = cluster(2, 2_000);
    let consumer = consumer(&cluster, "group");
    let mut feed = consumer.feed().unwrap();
    let epochs = assigned(&mut feed, 2).await;
    let first = message(&mut feed).await.partition();
    for epoch in epochs.values() {
        feed.withhold(*epoch);
    }
    until("messages wait", || buffered(&consumer, 0) > 0 && buffered(&consumer, 1) > 0).await;
    let task = Arc::new(Task::default());
    task.park(&mut feed).await;
    let (wakes, before) = (task.wakes(), consumer.diagnostics().waiting());
    cluster.seed(TOPIC, 2, 200, 100).unwrap();
    until("more wait", || consumer.diagnostics().waiting() >= before + 200).await;
    // What looks at the queues from elsewhere, as above, may wake a reader; it finds nothing and waits again.
    task.park(&mut feed).await;
    assert!(task.wakes() - wakes < 200, "woken {} times", task.wakes() - wakes);
    let wakes = task.wakes();
    feed.serve(epochs[&first]);
    assert_eq!(task.wakes(), wakes + 1, "serving wakes");
    let next = message(&mut feed).await;
    assert_eq!((next.partition(), next.offset()), (first, 1));
}

#[tokio::test]
async fn a_pause_of_the_users_and_a_withholding_do_not_undo_each_other() {
    let cluster = cluster(1, 100);
    let consumer = consumer(&cluster, "group");
    let partition = TopicPartition::new(TOPIC, 0);
    let mut feed = consumer.feed().unwrap();
    let epoch = assigned(&mut feed, 1).await[&0];
    let task = Arc::new(Task::default());
    assert_eq!(offsets(&mut feed, 5).await, [0, 1, 2, 3, 4]);

    feed.withhold(epoch);
    assert!(consumer.paused().is_empty(), "that is the user's");
    consumer.resume([&partition]).unwrap();
    task.park(&mut feed).await;
    consumer.pause([&partition]).unwrap();
    feed.serve(epoch);
    assert_eq!(consumer.paused(), std::slice::from_ref(&partition));
    task.park(&mut feed).await;
    consumer.resume([&partition]).unwrap();
    assert_eq!(offsets(&mut feed, 5).await, [5, 6, 7, 8, 9]);

    consumer.pause([&partition]).unwrap();
    feed.withhold(epoch);
    consumer.resume([&partition]).unwrap();
    assert!(consumer.paused().is_empty());
    task.park(&mut feed).await;
    feed.serve(epoch);
    assert_eq!(offsets(&mut feed, 90).await, (10..100).collect::<Vec<_>>());
}

/// As if librdkafka had begun elsewhere: the group has committed more since the partition was assigned.
#[tokio::test]
async fn within_transactions_a_partition_begins_where_the_group_says() {
    let cluster = cluster(3, 300);
    let consumer = consumer(&cluster, "group");
    until("an assignment", || consumer.assignment().len() == 3).await;
    let partition = |number| TopicPartition::new(TOPIC, number);
    let committed = |number| PartitionOffset::at(partition(number), Position::at(40));
    let list = (0..2).map(committed).collect();
    soon("a commit", consumer.commit_positions(&list)).await.unwrap();
    // What the user has moved stays there, whatever is committed.
    soon("a seek", consumer.seek(&partition(1), Start::Offset(70))).await.unwrap();
    let mut feed = consumer.feed().unwrap();
    let epochs = assigned(&mut feed, 3).await;
    feed.expect_transactions();
    let mut first = HashMap::new();
    while first.len() < 3 {
        let message = message(&mut feed).await;
        first.entry(message.partition()).or_insert(message.offset());
        feed.withhold(epochs[&message.partition()]);
    }
    assert_eq!(first, HashMap::from([(0, 40), (1, 70), (2, 0)]));
}

#[tokio::test]
async fn a_withholding_ends_with_its_feed_and_an_epoch_that_is_none_is_ignored() {
    let cluster = cluster(1, 100);
    let consumer = consumer(&cluster, "group");
    let mut feed = consumer.feed().unwrap();
    let epoch = assigned(&mut feed, 1).await[&0];
    for other in [Epoch::NONE, Epoch::next(u32::try_from(epoch.slot()).unwrap()), Epoch::next(77)] {
        feed.withhold(other);
        feed.serve(other);
        assert_eq!(feed.position(other), None);
    }
    assert_eq!(offsets(&mut feed, 5).await, [0, 1, 2, 3, 4]);
    feed.withhold(epoch);
    Arc::new(Task::default()).park(&mut feed).await;
    drop(feed);
    let mut feed = consumer.feed().unwrap();
    assert_eq!(assigned(&mut feed, 1).await[&0], epoch);
    assert_eq!(offsets(&mut feed, 5).await, [5, 6, 7, 8, 9]);
    feed.withhold(epoch);
    drop(feed);
    let rest = consumer.stream().take(90).map_ok(|message| message.offset()).try_collect::<Vec<_>>();
    assert_eq!(soon("the rest", rest).await.unwrap(), (10..100).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_feed_that_owns_its_messages_goes_anywhere() {
    let cluster = cluster(2, 200);
    let consumer = consumer(&cluster, "group");
    let mut feed = consumer.shared_feed().unwrap();
    let is_taken = |error: Option<klamm_core::Error>| matches!(error.unwrap().kind(), ErrorKind::Taken);
    assert!(is_taken(consumer.shared_feed().err()) && is_taken(consumer.feed().err()));
    let reading = tokio::spawn(async move {
        let mut messages = Vec::new();
        while messages.len() < 150 {
            messages.push(message(&mut feed).await);
        }
        messages
    });
    let messages = soon("messages", reading).await.unwrap();
    let mut rest = consumer.feed().unwrap();
    let mut seen: Vec<_> = messages.iter().map(|it| (it.partition(), it.offset())).collect();
    for _ in 0..50 {
        let message = message(&mut rest).await;
        seen.push((message.partition(), message.offset()));
    }
    for partition in 0..2 {
        let offsets = seen.iter().filter(|(of, _)| *of == partition).map(|(_, offset)| *offset);
        assert!(offsets.eq(0..100), "given back in order");
    }
    drop(rest);
    drop(consumer);
    assert!(messages.iter().all(|message| message.payload().is_some_and(|payload| payload.len() == 100)));
}

#[tokio::test]
async fn a_source_is_a_consumer_and_leaves_its_group() {
    let cluster = cluster(1, 1);
    let config = cluster.consumer_config("group").set("max.poll.interval.ms", 10_000);
    let limits = [(None, 5), (Some(3), 3), (Some(60), 5)];
    for (deadline, limit) in limits {
        let builder = Consumer::builder(config.clone());
        let builder = match deadline {
            Some(seconds) => builder.hold_deadline(Duration::from_secs(seconds)),
            None => builder,
        };
        let consumer = builder.subscribe([TOPIC]).unwrap();
        assert_eq!(consumer.hold_limit(), Duration::from_secs(limit));
        let source = (&consumer).into_source();
        soon("the source leaves", source.leave(CLOSE_WITHIN)).await;
        assert!(soon("the second answer", consumer.close(CLOSE_WITHIN)).await.has_left);
        assert!(matches!(source.feed().unwrap_err().kind(), ErrorKind::Closed));
    }
}

#[tokio::test]
async fn a_position_is_known_once_all_that_was_fetched_is_delivered() {
    let cluster = cluster(1, 1_000);
    let consumer = consumer(&cluster, "group");
    let mut feed = consumer.feed().unwrap();
    let epoch = assigned(&mut feed, 1).await[&0];
    assert_eq!(feed.position(epoch), None, "nothing is known yet");
    for offset in 0..1_000 {
        assert_eq!(message(&mut feed).await.offset(), offset);
        let known = feed.position(epoch).map(Position::offset);
        assert!(known.is_none_or(|at| at == offset + 1), "{known:?} after {offset}");
        assert!(known.is_none() || buffered(&consumer, 0) == 0 || offset == 999);
    }
    reach(&mut feed, epoch, 1_000).await;
    // More waits: in librdkafka, in the reader's hand, and given back.
    cluster.seed(TOPIC, 1, 100, 100).unwrap();
    until("more waits", || buffered(&consumer, 0) == 100).await;
    assert_eq!(feed.position(epoch), None);
    assert_eq!(message(&mut feed).await.offset(), 1_000);
    assert_eq!(feed.position(epoch), None);
    feed.withhold(epoch);
    Arc::new(Task::default()).park(&mut feed).await;
    assert_eq!((feed.position(epoch), buffered(&consumer, 0)), (None, 0));
    feed.serve(epoch);
    assert_eq!(offsets(&mut feed, 99).await, (1_001..1_100).collect::<Vec<_>>());
    reach(&mut feed, epoch, 1_100).await;
    // What is given back is not delivered.
    feed.rewind(epoch, Position::at(1_090));
    assert_eq!(feed.position(epoch), None);
    assert_eq!(offsets(&mut feed, 10).await, (1_090..1_100).collect::<Vec<_>>());
    reach(&mut feed, epoch, 1_100).await;
    soon("the end", consumer.close(CLOSE_WITHIN)).now_or_never();
    until("the close", || consumer.diagnostics().held() == 1).await;
    assert_eq!(feed.position(epoch).map(Position::offset), Some(1_100), "it can still be committed");
}

/// An error that stands for a message moves librdkafka over the next one.
#[tokio::test]
async fn a_position_does_not_pass_an_error() {
    let cluster = cluster(1, 100);
    let config = cluster.consumer_config("group").set("fetch.error.backoff.ms", 10);
    let consumer = Consumer::builder(config).subscribe([TOPIC]).unwrap();
    let mut feed = consumer.feed().unwrap();
    let epoch = assigned(&mut feed, 1).await[&0];
    let mut end = 100;
    assert_eq!(offsets(&mut feed, 100).await.len(), 100);
    for _ in 0..3 {
        cluster.push_request_errors(ApiKey::FETCH, &[ErrorCode::UNKNOWN_SERVER_ERROR; 3]);
        let error = item(&mut feed).await.unwrap().expect_err("nothing was written");
        assert_eq!(error.code(), Some(ErrorCode::UNKNOWN_SERVER_ERROR));
        assert_eq!(feed.position(epoch).map(Position::offset), Some(end));
        cluster.clear_request_errors(ApiKey::FETCH);
        cluster.seed(TOPIC, 1, 10, 100).unwrap();
        while end % 10 != 0 || cluster.end_offsets(TOPIC, 1).unwrap() != [end] {
            match item(&mut feed).await.unwrap() {
                Ok(message) => {
                    assert_eq!(message.offset(), end);
                    end += 1;
                }
                Err(error) => assert_eq!(error.code(), Some(ErrorCode::UNKNOWN_SERVER_ERROR)),
            }
            let known = feed.position(epoch).map(Position::offset);
            assert!(known.is_none_or(|at| at == end), "{known:?}, {end}");
        }
        reach(&mut feed, epoch, end).await;
    }
}
