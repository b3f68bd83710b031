//! Streams over the mock cluster.

mod common;

use std::{cell::Cell, collections::BTreeSet, time::Duration};

use common::{TOPIC, cluster, consumer, soon};
use futures_util::{FutureExt, StreamExt, TryStreamExt};
use klamm_core::{Error, ErrorKind, Message, contract::Source};

#[tokio::test]
async fn every_message_comes_once_and_in_order() {
    let cluster = cluster(4, 10_000);
    let consumer = consumer(&cluster, "group");
    let mut next = [0; 4];
    let mut stream = consumer.stream();
    for _ in 0..10_000 {
        let message = soon("a message", stream.next()).await.unwrap().unwrap();
        let partition = usize::try_from(message.partition()).unwrap();
        assert_eq!((message.topic(), message.offset()), (TOPIC, next[partition]));
        let index = next[partition] * 4 + i64::from(message.partition());
        assert_eq!(message.key(), Some(index.to_string().as_bytes()));
        assert_eq!(message.payload().map(<[u8]>::len), Some(100));
        assert!(message.timestamp().to_millis().is_some());
        next[partition] += 1;
    }
    assert_eq!(next, [2_500; 4]);
    assert!(stream.next().now_or_never().is_none(), "nothing is left");
}

#[tokio::test]
async fn a_detached_message_outlives_everything() {
    let cluster = cluster(1, 3);
    let consumer = consumer(&cluster, "group");
    let owned = soon("a message", consumer.recv()).await.unwrap().detach();
    let shared = soon("a message", consumer.recv()).await.unwrap().share();
    consumer.close(Duration::from_secs(5)).await;
    drop((consumer, cluster));
    assert_eq!((owned.offset(), shared.offset()), (0, 1));
    assert_eq!(shared.key(), Some(&b"1"[..]));
    let read =
        std::thread::spawn(move || (shared.detach().key().map(<[u8]>::to_vec), owned.position().offset()));
    assert_eq!(read.join().unwrap(), (Some(b"1".to_vec()), 1));
}

#[tokio::test]
async fn a_dropped_stream_gives_back_in_order() {
    let cluster = cluster(2, 2_000);
    let consumer = consumer(&cluster, "group");
    let mut seen = [Vec::new(), Vec::new()];
    for chunk in [1, 300, 7, 1_692] {
        let mut stream = consumer.stream().take(chunk);
        while let Some(message) = soon("a message", stream.next()).await {
            let message = message.unwrap();
            seen[usize::try_from(message.partition()).unwrap()].push(message.offset());
        }
    }
    let expected: Vec<i64> = (0..1_000).collect();
    assert_eq!(seen, [expected.clone(), expected]);
}

#[tokio::test]
async fn a_dropped_recv_loses_nothing() {
    let cluster = cluster(1, 500);
    let consumer = consumer(&cluster, "group");
    let mut offsets = Vec::new();
    while offsets.len() < 500 {
        // Polled once and dropped, again and again.
        if let Some(message) = consumer.recv().now_or_never() {
            offsets.push(message.unwrap().offset());
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(offsets, (0..500).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn owned_streams_share_the_messages() {
    let cluster = cluster(4, 8_000);
    let consumer = consumer(&cluster, "group");
    let (sent, mut taken) = tokio::sync::mpsc::unbounded_channel();
    for _ in 0..3 {
        let (mut stream, sent) = (consumer.clone().into_stream(), sent.clone());
        tokio::spawn(async move {
            while let Some(message) = stream.try_next().await.unwrap() {
                sent.send((message.partition(), message.offset())).unwrap();
            }
        });
    }
    let mut seen = BTreeSet::new();
    for _ in 0..8_000 {
        let message = soon("a message", taken.recv()).await.unwrap();
        assert!(seen.insert(message), "{message:?} came twice");
    }
    soon("close", consumer.close(Duration::from_secs(5))).await;
    drop(sent);
    assert_eq!(soon("the streams' end", taken.recv()).await, None);
}

#[tokio::test]
async fn many_receivers_all_get_something() {
    let cluster = cluster(1, 100);
    let consumer = consumer(&cluster, "group");
    let receivers = (0..100).map(|_| consumer.recv());
    let received = soon("all", futures_util::future::join_all(receivers)).await;
    let offsets: BTreeSet<i64> = received.iter().map(|message| message.as_ref().unwrap().offset()).collect();
    assert_eq!(offsets, (0..100).collect());
}

#[tokio::test]
async fn a_stream_gets_what_recv_has_taken() {
    let cluster = cluster(1, 1_000);
    let consumer = consumer(&cluster, "group");
    assert_eq!(soon("a message", consumer.recv()).await.unwrap().offset(), 0);
    let mut stream = consumer.stream();
    for expected in 1..500 {
        assert_eq!(soon("a message", stream.next()).await.unwrap().unwrap().offset(), expected);
    }
    // And the other way round, with the stream still there: what recv takes more of than it needs is not withheld.
    let received = soon("a message", consumer.recv()).await.unwrap().offset();
    let mut rest = vec![received];
    while rest.len() < 500 {
        rest.push(soon("a message", stream.next()).await.unwrap().unwrap().offset());
    }
    rest.sort_unstable();
    assert_eq!(rest, (500..1_000).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_stream_that_is_kept_and_not_polled_withholds_no_wake() {
    let cluster = cluster(1, 1);
    let consumer = consumer(&cluster, "group");
    let mut kept = consumer.stream();
    soon("the only message", kept.next()).await.unwrap().unwrap();
    assert!(kept.next().now_or_never().is_none());
    let reading = tokio::spawn({
        let mut stream = consumer.clone().into_stream();
        async move { stream.next().await.unwrap().unwrap().offset() }
    });
    tokio::task::yield_now().await;
    cluster.seed(TOPIC, 1, 1, 10).unwrap();
    assert_eq!(soon("the message", reading).await.unwrap(), 1);
    drop(kept);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn looking_does_not_stop_a_partition() {
    let cluster = cluster(1, 40_000);
    let consumer = consumer(&cluster, "group");
    let is_over = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let looking = std::thread::spawn({
        let (consumer, is_over) = (consumer.clone(), std::sync::Arc::clone(&is_over));
        move || {
            let mut looks = 0_u64;
            while !is_over.load(std::sync::atomic::Ordering::Relaxed) {
                looks += u64::from(consumer.diagnostics().partitions.len() <= 1);
            }
            looks
        }
    });
    let mut stream = consumer.stream();
    for expected in 0..40_000 {
        assert_eq!(soon("a message", stream.next()).await.unwrap().unwrap().offset(), expected);
    }
    is_over.store(true, std::sync::atomic::Ordering::Relaxed);
    assert!(looking.join().unwrap() > 0);
}

#[tokio::test]
async fn a_missing_topic_is_an_error_that_names_it() {
    let cluster = cluster(1, 1);
    let consumer =
        klamm_stream::Consumer::builder(cluster.consumer_config("group")).subscribe(["no-such-topic"]);
    let consumer = consumer.unwrap();
    let error = soon("an error", consumer.recv()).await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Topic { topic, .. } if &**topic == "no-such-topic"),
        "{error:?}"
    );
}

fn is_taken(error: Option<Error>) -> bool {
    error.is_some_and(|error| matches!(error.kind(), ErrorKind::Taken))
}

#[tokio::test]
async fn a_pipeline_takes_everything_or_nothing() {
    let cluster = cluster(1, 10);
    let consumer = consumer(&cluster, "group");
    let stream = consumer.stream();
    assert!(is_taken(consumer.feed().err()));
    drop(stream);
    let feed = consumer.feed().unwrap();
    assert!(is_taken(consumer.feed().err()));
    let items: Vec<_> = soon("the refusal", consumer.stream().collect()).await;
    assert!(items.len() == 1 && is_taken(items.into_iter().next().and_then(Result::err)));
    assert!(is_taken(soon("the refusal", consumer.recv()).await.err()));
    drop(feed);
    assert_eq!(soon("a message", consumer.recv()).await.unwrap().offset(), 0);
}

#[tokio::test]
async fn a_hot_stream_lets_other_tasks_run() {
    let cluster = cluster(1, 5_000);
    let consumer = consumer(&cluster, "group");
    let mut stream = consumer.stream();
    soon("the first", stream.next()).await.unwrap().unwrap();
    // Let librdkafka fetch the rest, so that the stream never has to wait for the broker.
    soon("the rest", async {
        while consumer.diagnostics().waiting() < 4_000 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let others = Cell::new(0);
    let mut ticker = std::pin::pin!(async {
        loop {
            others.set(others.get() + 1);
            tokio::task::yield_now().await;
        }
    });
    let reading = async {
        for _ in 1..4_000 {
            stream.next().await.unwrap().unwrap();
        }
    };
    tokio::select! {
        biased;
        () = reading => {}
        () = &mut ticker => {}
    }
    assert!(others.get() >= 10, "the other task ran {} times", others.get());
}
