//! Closing, and dropping.

mod common;

use std::time::{Duration, Instant};

use common::{cluster, consumer, soon};
use futures_util::StreamExt;
use klamm_core::ErrorKind;

#[tokio::test]
async fn closing_ends_the_streams() {
    let cluster = cluster(2, 100);
    let consumer = consumer(&cluster, "group");
    let mut stream = consumer.stream();
    soon("a message", stream.next()).await.unwrap().unwrap();
    let report = soon("close", consumer.close(Duration::from_secs(10))).await;
    assert!(report.is_drained && report.has_left, "{report:?}");
    let rest = soon("the end", stream.collect::<Vec<_>>()).await;
    assert!(rest.is_empty(), "what was not delivered is not handed out after a close");
    assert!(matches!(soon("the end", consumer.recv()).await.unwrap_err().kind(), ErrorKind::Closed));
    assert!(soon("a second close", consumer.close(Duration::from_secs(10))).await.has_left);
}

#[tokio::test]
async fn closing_keeps_its_deadline_without_a_broker() {
    let cluster = cluster(2, 100);
    let consumer = consumer(&cluster, "group");
    soon("a message", consumer.recv()).await.unwrap();
    cluster.go_down();
    let started = Instant::now();
    soon("close", consumer.close(Duration::from_millis(500))).await;
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
}

#[tokio::test]
async fn drop_returns_at_once_with_the_broker_dead() {
    let cluster = cluster(4, 1_000);
    let consumer = consumer(&cluster, "group");
    let message = soon("a message", consumer.recv()).await.unwrap().share();
    cluster.go_down();
    let started = Instant::now();
    drop(consumer);
    drop(message);
    let elapsed = started.elapsed();
    assert!(elapsed < Duration::from_millis(50), "drop took {elapsed:?}");
}
