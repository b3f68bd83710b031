//! Futures that are dropped half-way: after each number of polls, at once or when they have just been woken.
//!
//! A new method that waits is one more line in [`what_delivers_nothing_disturbs_nothing`], or in
//! [`what_delivers_loses_and_repeats_nothing`] if a message is what it returns.

mod common;

use std::{
    future::{Future, pending, poll_fn},
    pin::pin,
    slice,
    task::Poll,
    thread,
    time::Duration,
};

use common::{TOPIC, soon};
use futures::{FutureExt, Stream, StreamExt, TryStreamExt, executor::block_on, stream::FuturesUnordered};
use klamm_core::{
    Error, Message, OwnedMessage, PartitionOffset, Position, Start, TopicPartition, contract::Commit,
};
use klamm_stream::Consumer;
use klamm_testing::MockCluster;

/// More than one batch of the streams.
const COUNT: usize = 300;
/// How many are read to be half-way.
const SOME: usize = 10;
const CLOSE_WITHIN: Duration = Duration::from_secs(10);

/// Where the consumer stands when the future is made.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Moment {
    /// It has only just been made, and has no partition.
    First,
    /// `recv` has delivered something of a batch.
    AfterRecv,
    /// A stream has, and is gone.
    AfterStream,
    /// Nothing is left; one message more is written when the future has been polled.
    Drained,
}

/// When a future that has had its polls is dropped.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Dropped {
    AtOnce,
    /// And not polled any more, although it could go on.
    WhenWoken,
}

/// A consumer, and what it has delivered.
struct Scene {
    cluster: MockCluster,
    consumer: Consumer,
    seen: Vec<i64>,
    /// The last that was delivered, or one of no assignment.
    last: OwnedMessage,
}

impl Scene {
    async fn at(moment: Moment) -> Self {
        let cluster = common::cluster(1, COUNT);
        let consumer = common::consumer(&cluster, "group");
        let read = match moment {
            Moment::First => Vec::new(),
            Moment::AfterRecv => {
                let mut read = Vec::new();
                while read.len() < SOME {
                    read.push(soon("a message", consumer.recv()).await.unwrap().detach());
                }
                read
            }
            Moment::AfterStream => messages(&consumer, SOME).await,
            Moment::Drained => messages(&consumer, COUNT).await,
        };
        let by_hand = OwnedMessage::builder(TOPIC).build();
        let last = read.last().cloned().unwrap_or(by_hand);
        Self { cluster, consumer, seen: read.iter().map(Message::offset).collect(), last }
    }

    /// Writes one message more.
    fn write(&self) {
        self.cluster.seed(TOPIC, 1, 1, 10).unwrap();
    }
}

/// Reads so many messages with a stream of its own.
async fn messages(consumer: &Consumer, count: usize) -> Vec<OwnedMessage> {
    let read = consumer.stream().take(count).map_ok(|message| message.detach()).try_collect();
    soon("messages", read).await.unwrap()
}

async fn offsets(consumer: &Consumer, count: usize) -> Vec<i64> {
    messages(consumer, count).await.iter().map(Message::offset).collect()
}

/// Polls a future at most so many times, each time but the first when it was woken, and returns what it came to.
async fn polled<T>(
    future: impl Future<Output = T>,
    polls: usize,
    dropped: Dropped,
    after_first: impl Fn(),
) -> Option<T> {
    let mut future = pin!(future);
    let mut done = 0;
    poll_fn(|cx| {
        if done == polls {
            return Poll::Ready(None);
        }
        let poll = future.as_mut().poll(cx);
        done += 1;
        if done == 1 {
            after_first();
        }
        let is_over = poll.is_pending() && done == polls && dropped == Dropped::AtOnce;
        if is_over { Poll::Ready(None) } else { poll.map(Some) }
    })
    .await
}

/// Whenever the future is made, and however often it was polled when it is dropped: everything that was written is delivered
/// once and in order. `make` returns the offset that it has delivered, if that is what it does.
async fn check(name: &str, make: impl AsyncFn(&Scene) -> Option<i64>) {
    let make = &make;
    let moments = [Moment::First, Moment::AfterRecv, Moment::AfterStream, Moment::Drained];
    let cases =
        moments.into_iter().flat_map(|moment| [(moment, Dropped::AtOnce), (moment, Dropped::WhenWoken)]);
    let checked = cases.map(|(moment, dropped)| async move {
        for polls in 0.. {
            let case = format!("{name}, {moment:?}, dropped {dropped:?} after {polls} polls");
            let scene = Scene::at(moment).await;
            let mut seen = scene.seen.clone();
            let outcome = soon(&case, polled(make(&scene), polls, dropped, || scene.write())).await;
            seen.extend(outcome.flatten());
            if polls == 0 {
                scene.write();
            }
            let left = COUNT + 1 - seen.len();
            seen.extend(offsets(&scene.consumer, left).await);
            // What came twice would come now.
            scene.write();
            seen.extend(offsets(&scene.consumer, 1).await);
            assert_eq!(seen, (0..).take(COUNT + 2).collect::<Vec<i64>>(), "{case}");
            if outcome.is_some() {
                return;
            }
        }
    });
    // Each is polled only when it was woken itself.
    checked.collect::<FuturesUnordered<_>>().collect::<()>().await;
}

/// As [`check`], for what delivers nothing.
async fn check_idle(name: &str, make: impl AsyncFn(&Scene)) {
    let make = async |at: &Scene| {
        make(at).await;
        None
    };
    check(name, make).await;
}

#[tokio::test]
async fn what_delivers_loses_and_repeats_nothing() {
    check("recv", async |at| Some(at.consumer.recv().await.unwrap().offset())).await;
    check("stream", async |at| Some(at.consumer.stream().next().await.unwrap().unwrap().offset())).await;
    check("into_stream", async |at| {
        Some(at.consumer.clone().into_stream().next().await.unwrap().unwrap().offset())
    })
    .await;
    check("next_batch", async |at| {
        let mut stream = at.consumer.stream();
        let batch = stream.next_batch().await.unwrap();
        batch.unwrap().next().map(|message| message.offset())
    })
    .await;
    check("partitions", async |at| {
        let mut partition = at.consumer.partitions().next().await.unwrap().unwrap();
        Some(partition.next().await.unwrap().unwrap().offset())
    })
    .await;
}

#[tokio::test]
async fn what_delivers_nothing_disturbs_nothing() {
    let orders = &TopicPartition::new(TOPIC, 0);
    check_idle("commit", async |at| drop(at.consumer.commit(&at.last).await)).await;
    check_idle("commit_delivered", async |at| drop(at.consumer.commit_delivered().await)).await;
    check_idle("commit_positions", async |at| {
        let list = [PartitionOffset::at(orders.clone(), Position::at(1))].into_iter().collect();
        drop(at.consumer.commit_positions(&list).await);
    })
    .await;
    check_idle("seek", async |at| {
        // To where the reader stands, so that it loses and repeats nothing.
        let next = i64::try_from(at.seen.len()).unwrap();
        drop(at.consumer.seek(orders, Start::Offset(next)).await);
    })
    .await;
    check_idle("committed", async |at| drop(at.consumer.committed(slice::from_ref(orders)).await)).await;
    check_idle("watermarks", async |at| drop(at.consumer.watermarks(orders).await)).await;
    check_idle("offsets_for_times", async |at| {
        let time = PartitionOffset::from_start(orders.clone(), Start::Timestamp(0));
        drop(at.consumer.offsets_for_times(&[time]).await);
    })
    .await;
    check_idle("metadata", async |at| drop(at.consumer.metadata(Some(TOPIC)).await)).await;
    check_idle("lag", async |at| drop(at.consumer.lag().await)).await;
    check_idle("group_metadata", async |at| drop(at.consumer.group_metadata().await)).await;
    check_idle("events", async |at| drop(at.consumer.events().next().now_or_never())).await;
    check_idle("assignments", async |at| drop(at.consumer.assignments().next().await)).await;
}

/// As for [`check`], with a stream that is kept while the futures of its `next` are dropped.
async fn check_next<M: Message>(
    name: &str,
    scene: &Scene,
    mut stream: impl Stream<Item = Result<M, Error>> + Unpin,
) {
    let (mut seen, mut written) = (Vec::new(), COUNT);
    for turn in 0.. {
        let dropped = if turn % 2 == 0 { Dropped::AtOnce } else { Dropped::WhenWoken };
        let is_drained = seen.len() == written;
        if is_drained && written == COUNT + 20 {
            break;
        }
        // Past the end there is always one more to wait for.
        let write = || {
            if is_drained {
                scene.write();
            }
        };
        let polls = turn % 4;
        let outcome = soon(name, polled(stream.next(), polls, dropped, write)).await;
        written += usize::from(is_drained && polls > 0);
        seen.extend(outcome.map(|item| item.unwrap().unwrap().offset()));
    }
    assert_eq!(seen, (0..).take(written).collect::<Vec<i64>>(), "{name}");
}

#[tokio::test]
async fn a_dropped_next_takes_nothing_from_its_stream() {
    let scene = Scene::at(Moment::First).await;
    check_next("stream", &scene, scene.consumer.stream()).await;
    let scene = Scene::at(Moment::First).await;
    check_next("into_stream", &scene, scene.consumer.clone().into_stream()).await;
}

#[tokio::test]
async fn a_commit_is_sent_by_its_first_poll_and_stays_sent() {
    for dropped in [Dropped::AtOnce, Dropped::WhenWoken] {
        for polls in 0.. {
            let scene = Scene::at(Moment::First).await;
            let read = messages(&scene.consumer, SOME).await;
            let committed = || scene.cluster.committed("group", TOPIC, 1).unwrap()[0];
            let commit = scene.consumer.commit(&read[SOME - 1]);
            let outcome = soon("a commit", polled(commit, polls, dropped, || ())).await;
            if polls == 0 {
                // Requests are taken in order: if there were one before this, it would stand.
                soon("a commit", scene.consumer.commit(&read[0])).await.unwrap();
                assert_eq!(committed(), Some(1));
                continue;
            }
            soon("the commit of what was dropped", async {
                while committed() != Some(10) {
                    tokio::task::yield_now().await;
                }
            })
            .await;
            if let Some(result) = outcome {
                result.unwrap();
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_commit_of_the_contract_is_sent_when_it_is_made() {
    let scene = Scene::at(Moment::First).await;
    let read = messages(&scene.consumer, SOME).await;
    let last = &read[SOME - 1];
    drop(Commit::commit(&scene.consumer, vec![(last.epoch(), last.position())]));
    // Requests are taken in order: this one, of less, goes with that one or after it.
    soon("a commit", scene.consumer.commit(&read[0])).await.unwrap();
    assert_eq!(scene.cluster.committed("group", TOPIC, 1).unwrap(), [Some(10)]);
}

#[tokio::test]
async fn a_close_that_was_polled_goes_on() {
    for dropped in [Dropped::AtOnce, Dropped::WhenWoken] {
        for polls in 0.. {
            let scene = Scene::at(Moment::AfterRecv).await;
            let held = soon("a message", scene.consumer.recv()).await.unwrap().share();
            let outcome =
                soon("close", polled(scene.consumer.close(CLOSE_WITHIN), polls, dropped, || ())).await;
            if polls == 0 {
                assert_eq!(offsets(&scene.consumer, 1).await, [11]);
                continue;
            }
            let rest: Vec<_> = soon("the end", scene.consumer.stream().collect()).await;
            assert!(rest.iter().all(Result::is_ok), "{rest:?}");
            let report = soon("the report", scene.consumer.close(CLOSE_WITHIN)).await;
            assert!(report.has_left && report.is_drained, "{report:?}");
            assert_eq!((held.offset(), held.key()), (10, Some(&b"10"[..])));
            // Nothing was committed: the next owner has it all.
            let heir = common::consumer(&scene.cluster, "group");
            assert_eq!(offsets(&heir, COUNT).await, (0..).take(COUNT).collect::<Vec<i64>>());
            if let Some(first) = outcome {
                assert_eq!(first, report);
                break;
            }
        }
    }
}

/// One of several that wait is woken; if it is dropped, nothing else would wake the others.
#[tokio::test]
async fn a_wake_that_was_not_used_is_passed_on() {
    let scene = Scene::at(Moment::Drained).await;
    let (sent, mut received) = tokio::sync::mpsc::unbounded_channel();
    let consumer = scene.consumer.clone();
    let receiving = thread::spawn(move || {
        while let Ok(message) = block_on(consumer.recv()) {
            sent.send(message.offset()).unwrap();
        }
    });
    for expected in (300..).take(50) {
        let dropped = async {
            polled(scene.consumer.recv(), 1, Dropped::WhenWoken, || scene.write()).await;
            pending().await
        };
        let delivered = async {
            tokio::select! { offset = received.recv() => offset, offset = dropped => offset }
        };
        assert_eq!(soon("a message", delivered).await, Some(expected));
    }
    assert!(soon("close", scene.consumer.close(CLOSE_WITHIN)).await.has_left);
    receiving.join().unwrap();
}
