//! One partition as a source of pipelines: its messages, its end as an event, and its alarm.

mod common;

use std::{
    future::poll_fn,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use common::{
    TOPIC, cluster, consumer,
    feeding::{assigned, change, event, item, message, offsets},
    soon, until,
};
use futures_util::{FutureExt, TryStreamExt};
use klamm_core::{
    ErrorCode, ErrorKind, Message, Position,
    contract::{Commit, CommitResult, Event, Feed, Source},
};
use klamm_stream::{Consumer, PartitionSource};
use klamm_testing::{ApiKey, MockCluster};

const CLOSE_WITHIN: Duration = Duration::from_secs(10);

/// A member of a group that hands partitions over one by one.
fn member(cluster: &MockCluster, hold: Duration) -> Consumer {
    let builder = Consumer::builder(cluster.consumer_protocol_config("group")).hold_deadline(hold);
    builder.subscribe([TOPIC]).unwrap()
}

/// Returns the sources of the partitions that are assigned first.
async fn sources(consumer: &Consumer, count: usize) -> Vec<PartitionSource> {
    let mut partitions = consumer.partitions();
    let mut sources = Vec::new();
    while sources.len() < count {
        let stream = soon("a partition", partitions.try_next()).await.unwrap().unwrap();
        sources.push(stream.into_source());
    }
    sources
}

/// Takes out the source whose partition is being revoked, and the other.
async fn revoked(
    consumer: &Consumer,
    mut sources: Vec<PartitionSource>,
) -> (PartitionSource, PartitionSource) {
    until("a revoke", || consumer.diagnostics().held() == 1).await;
    let held = consumer.diagnostics().partitions.into_iter().find(|it| it.is_held).unwrap().partition;
    let index = sources.iter().position(|source| *source.partition() == held).unwrap();
    let source = sources.swap_remove(index);
    (source, sources.remove(0))
}

#[tokio::test]
async fn a_source_goes_on_where_its_stream_was_and_is_read_by_one_pipeline_at_a_time() {
    let cluster = cluster(1, 100);
    let consumer = consumer(&cluster, "group");
    let mut partitions = consumer.partitions();
    let mut stream = soon("a partition", partitions.try_next()).await.unwrap().unwrap();
    for expected in 0..5 {
        assert_eq!(soon("a message", stream.try_next()).await.unwrap().unwrap().offset(), expected);
    }
    let (epoch, name) = (stream.epoch(), stream.partition().clone());
    let source = stream.into_source();
    let mut feed = source.feed().unwrap();
    for error in [source.feed().err(), source.shared_feed().err()] {
        assert!(matches!(error.unwrap().kind(), ErrorKind::Taken));
    }
    assert!(feed.has_event());
    let Event::Assigned(first) = event(&mut feed).await else { panic!("it was assigned") };
    assert_eq!((first.len(), &first[0].partition, first[0].epoch), (1, &name, epoch));
    assert!(!feed.has_event());
    assert_eq!(offsets(&mut feed, 5).await, [5, 6, 7, 8, 9]);
    drop(feed);
    let mut shared = source.shared_feed().unwrap();
    assert_eq!(assigned(&mut shared, 1).await[&0], epoch);
    let reading = tokio::spawn(async move {
        let first = message(&mut shared).await;
        shared.rewind(epoch, Position::at(8));
        shared.withhold(epoch);
        (first.offset(), shared)
    });
    let (first, mut shared) = soon("a message", reading).await.unwrap();
    assert_eq!(first, 10);
    shared.serve(epoch);
    assert_eq!(offsets(&mut shared, 42).await, (8..50).collect::<Vec<_>>());
    // Not handed back while a pipeline is left.
    drop(source);
    assert!(partitions.try_next().now_or_never().is_none());
    drop(partitions);
    let mut partitions = consumer.partitions();
    assert!(partitions.try_next().now_or_never().is_none());
    shared.withhold(epoch);
    drop(shared);
    let mut again = soon("a partition", partitions.try_next()).await.unwrap().unwrap();
    for expected in 50..100 {
        assert_eq!(soon("a message", again.try_next()).await.unwrap().unwrap().offset(), expected);
    }
}

#[tokio::test]
async fn a_revoke_is_an_event_and_waits_for_its_token() {
    let cluster = cluster(2, 2_000);
    let consumer = member(&cluster, Duration::from_secs(60));
    let sources = sources(&consumer, 2).await;
    let mut feeds: Vec<_> = sources.iter().map(|source| source.feed().unwrap()).collect();
    for feed in &mut feeds {
        assigned(feed, 1).await;
        assert_eq!(offsets(feed, 10).await, (0..10).collect::<Vec<_>>());
    }
    let heir = member(&cluster, Duration::from_secs(60));
    // Nobody asks for messages: the event itself wakes the task.
    let both = poll_fn(|cx| {
        let polls = feeds.iter_mut().enumerate();
        let mut ready = polls.filter_map(|(index, feed)| match feed.poll_event(cx) {
            std::task::Poll::Ready(Event::Revoked(token)) => Some((index, token)),
            // A rebalance is over.
            std::task::Poll::Ready(Event::Assigned(news)) if news.is_empty() => None,
            std::task::Poll::Ready(other) => panic!("{other:?}"),
            std::task::Poll::Pending => None,
        });
        ready.next().map_or(std::task::Poll::Pending, std::task::Poll::Ready)
    });
    let (index, token) = soon("a revoke", both).await;
    assert_eq!(token.epochs(), [sources[index].epoch()]);
    assert!(token.deadline() <= Instant::now() + sources[index].hold_limit());
    let (feed, epoch) = (&mut feeds[index], sources[index].epoch());
    assert!(item(feed).await.is_none() && item(feed).await.is_none());
    let answer = soon("a commit", sources[index].commit(vec![(epoch, Position::at(10))])).await;
    assert!(matches!(answer[..], [(_, CommitResult::Committed(at))] if at.offset() == 10), "{answer:?}");
    assert_eq!(consumer.diagnostics().held(), 1);
    assert!(heir.diagnostics().partitions.is_empty(), "handed over while it was held");
    drop(token);
    let message = soon("a message for the heir", heir.recv()).await.unwrap();
    assert_eq!((message.partition(), message.offset()), (sources[index].partition().partition, 10));
    // The other is read on, and hears that this is over.
    let kept = &mut feeds[1 - index];
    assert_eq!(offsets(kept, 990).await, (10..1_000).collect::<Vec<_>>());
    assert!(matches!(event(kept).await, Event::Assigned(news) if news.is_empty()));
}

#[tokio::test]
async fn a_revoke_that_no_pipeline_hears_of_waits_for_the_source() {
    let cluster = cluster(2, 20);
    let consumer = member(&cluster, Duration::from_secs(60));
    let sources = sources(&consumer, 2).await;
    let heir = member(&cluster, Duration::from_secs(60));
    let (held, kept) = soon("a revoke", revoked(&consumer, sources)).await;
    // One that begins late hears of it all the same; one that goes without having heard of it lets go.
    let mut feed = held.feed().unwrap();
    assert!(matches!(event(&mut feed).await, Event::Assigned(news) if news.len() == 1));
    assert!(feed.has_event() && item(&mut feed).await.is_none());
    assert!(heir.diagnostics().partitions.is_empty());
    drop(feed);
    until("a hand-over", || heir.diagnostics().partitions.len() == 1).await;
    assert_eq!(kept.consumer().assignment().len(), 1);
}

#[tokio::test]
async fn a_token_that_is_kept_too_long_makes_the_partition_a_lost_one() {
    let cluster = cluster(2, 20);
    let consumer = member(&cluster, Duration::from_millis(200));
    let sources = sources(&consumer, 2).await;
    let heir = member(&cluster, Duration::from_secs(60));
    let (held, _kept) = soon("a revoke", revoked(&consumer, sources)).await;
    let mut feed = held.feed().unwrap();
    assert!(matches!(event(&mut feed).await, Event::Assigned(_)));
    let Event::Revoked(token) = change(&mut feed).await else { panic!("it was revoked") };
    let Event::Lost(lost) = change(&mut feed).await else { panic!("it was lost") };
    assert_eq!(lost.epochs, [held.epoch()]);
    assert!(Instant::now() >= token.deadline());
    assert!(item(&mut feed).await.is_none());
    assert_eq!(feed.position(held.epoch()), None);
    let answer = soon("an answer", held.commit(vec![(held.epoch(), Position::at(1))])).await;
    assert!(matches!(answer[..], [(_, CommitResult::Fenced(None))]), "{answer:?}");
    until("a hand-over", || heir.diagnostics().partitions.len() == 1).await;
}

#[tokio::test]
async fn a_partition_that_the_group_says_is_anothers_is_lost_at_once() {
    let cluster = cluster(1, 20);
    let consumer = consumer(&cluster, "group");
    let source = sources(&consumer, 1).await.remove(0);
    let mut feed = source.feed().unwrap();
    assigned(&mut feed, 1).await;
    assert_eq!(offsets(&mut feed, 10).await.len(), 10);
    cluster.push_request_errors(ApiKey::OFFSET_COMMIT, &[ErrorCode::UNKNOWN_MEMBER_ID]);
    let answer = soon("an answer", source.commit(vec![(source.epoch(), Position::at(10))])).await;
    assert!(matches!(answer[..], [(_, CommitResult::Fenced(_))]), "{answer:?}");
    let Event::Lost(lost) = change(&mut feed).await else { panic!("it was lost") };
    assert_eq!(lost.epochs, [source.epoch()]);
    assert!(item(&mut feed).await.is_none());
}

#[tokio::test]
async fn a_close_is_a_revoke_to_the_pipeline_of_a_partition() {
    let cluster = cluster(2, 200);
    let consumer = consumer(&cluster, "group");
    let mut tasks = Vec::new();
    for source in sources(&consumer, 2).await {
        tasks.push(tokio::spawn(async move {
            let mut feed = source.shared_feed().unwrap();
            assigned(&mut feed, 1).await;
            assert_eq!(offsets(&mut feed, 100).await.len(), 100);
            let Event::Revoked(token) = change(&mut feed).await else { panic!("it is to be given back") };
            assert!(item(&mut feed).await.is_none());
            let at = feed.position(source.epoch()).expect("all is delivered");
            let answer = soon("a commit", source.commit(vec![(source.epoch(), at)])).await;
            assert!(matches!(answer[..], [(_, CommitResult::Committed(_))]), "{answer:?}");
            soon("nothing", source.leave(CLOSE_WITHIN)).await;
            drop(token);
            source
        }));
    }
    let read = || {
        let positions = consumer.assignment().into_iter().filter_map(|it| consumer.position(&it).unwrap());
        positions.map(Position::offset).sum::<i64>()
    };
    until("everything is read", || read() == 200).await;
    let report = soon("the end", consumer.close(CLOSE_WITHIN)).await;
    assert!(report.is_drained && report.has_left, "{report:?}");
    assert_eq!(cluster.committed("group", TOPIC, 2).unwrap(), [Some(100), Some(100)]);
    for task in tasks {
        let source = soon("a task", task).await.unwrap();
        until(
            "the end is known",
            || matches!(source.feed(), Err(error) if matches!(error.kind(), ErrorKind::Closed)),
        )
        .await;
    }
}

/// Many pipelines of one consumer wait for as many instants.
#[tokio::test]
async fn each_pipeline_is_woken_when_its_own_time_has_come() {
    const PARTITIONS: usize = 8;
    let cluster = cluster(PARTITIONS, 0);
    let consumer = consumer(&cluster, "group");
    let sources = sources(&consumer, PARTITIONS).await;
    let rung = Arc::new(Mutex::new(Vec::new()));
    let began = Instant::now();
    let mut tasks = Vec::new();
    // The latest is set first.
    for (index, source) in sources.into_iter().enumerate().rev() {
        let rung = Arc::clone(&rung);
        tasks.push(tokio::spawn(async move {
            let mut feed = source.shared_feed().unwrap();
            // What is asked for later counts, sooner or not.
            for far in [3_600, 7_200] {
                let at = began + Duration::from_secs(far);
                assert!(poll_fn(|cx| feed.poll_until(at, cx)).now_or_never().is_none());
            }
            let at = began + Duration::from_millis(60 + 20 * index as u64);
            soon("its time", poll_fn(|cx| feed.poll_until(at, cx))).await;
            assert!(feed.now() >= at);
            rung.lock().unwrap().push(index);
            feed
        }));
    }
    let mut feeds = Vec::new();
    for task in tasks {
        feeds.push(soon("a task", task).await.unwrap());
    }
    assert_eq!(*rung.lock().unwrap(), (0..PARTITIONS).collect::<Vec<_>>());
    // Again and again, with nothing else that could wake anybody, and with another that is later.
    let [one, other, ..] = &mut feeds[..] else { unreachable!() };
    let far = began + Duration::from_secs(3_600);
    let rounds = async {
        for _ in 0..20 {
            assert!(poll_fn(|cx| other.poll_until(far, cx)).now_or_never().is_none());
            let at = one.now() + Duration::from_millis(5);
            poll_fn(|cx| one.poll_until(at, cx)).await;
            assert!(one.now() >= at);
        }
    };
    soon("every time", rounds).await;
}
