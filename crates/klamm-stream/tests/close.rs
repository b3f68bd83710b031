//! Closing, and dropping.

mod common;

use std::time::{Duration, Instant};

use common::{TOPIC, cluster, consumer, soon};
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

#[tokio::test]
async fn drop_commits_nothing_unseen() {
    // 100,000 messages of 100 bytes are 10 MB: more than one partition of the mock holds.
    let cluster = cluster(4, 100_000);
    let consumer = consumer(&cluster, "group");
    let mut stream = consumer.stream().take(1_000);
    let mut last = None;
    while let Some(message) = soon("a message", stream.next()).await {
        last = Some(message.unwrap());
    }
    // Whatever is committed on the way out would be up to here.
    soon("a full buffer", async {
        while consumer.diagnostics().buffered() < 10_000 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    soon("a commit", consumer.commit(&last.take().unwrap())).await.unwrap();
    drop(stream);
    drop(consumer);
    // The group is empty once the dropped member has left: a new one then gets the partitions.
    let heir = common::consumer(&cluster, "group");
    soon("a message for the heir", heir.recv()).await.unwrap();
    let committed: i64 = cluster.committed("group", TOPIC, 4).unwrap().into_iter().flatten().sum();
    assert!((1..=1_000).contains(&committed), "{committed} are committed");
}
