//! Commits by hand.

mod common;

use std::time::{Duration, Instant};

use common::{TOPIC, cluster, consumer, soon};
use futures_util::StreamExt;
use klamm_core::ErrorKind;
use klamm_stream::Consumer;

#[tokio::test]
async fn a_commit_is_answered_and_stands() {
    let cluster = cluster(1, 100);
    let consumer = consumer(&cluster, "group");
    let messages: Vec<_> = soon("messages", consumer.stream().take(50).collect::<Vec<_>>()).await;
    soon("a commit", consumer.commit(messages[49].as_ref().unwrap())).await.unwrap();
    assert_eq!(cluster.committed("group", TOPIC, 1).unwrap(), [Some(50)]);
    // One that is below changes nothing.
    soon("a commit", consumer.commit(messages[10].as_ref().unwrap())).await.unwrap();
    assert_eq!(cluster.committed("group", TOPIC, 1).unwrap(), [Some(50)]);
}

#[tokio::test]
async fn commits_are_gathered() {
    let cluster = cluster(4, 400);
    let consumer = consumer(&cluster, "group");
    let messages: Vec<_> = soon("messages", consumer.stream().take(400).collect::<Vec<_>>()).await;
    let commits = messages.iter().map(|message| consumer.commit(message.as_ref().unwrap()));
    for result in soon("commits", futures_util::future::join_all(commits)).await {
        result.unwrap();
    }
    assert_eq!(cluster.committed("group", TOPIC, 4).unwrap(), [Some(100); 4]);
}

#[tokio::test]
async fn a_message_by_hand_is_of_no_assignment() {
    let cluster = cluster(1, 1);
    let consumer = consumer(&cluster, "group");
    soon("a message", consumer.recv()).await.unwrap();
    let by_hand = klamm_core::OwnedMessage::builder(TOPIC).build();
    let error = soon("an answer", consumer.commit(&by_hand)).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::EpochClosed { .. }), "{error:?}");
}

#[tokio::test]
async fn a_broker_that_does_not_answer_is_a_timeout() {
    let cluster = cluster(1, 10);
    let builder =
        Consumer::builder(cluster.consumer_config("group")).request_timeout(Duration::from_millis(500));
    let consumer = builder.subscribe([TOPIC]).unwrap();
    let message = soon("a message", consumer.recv()).await.unwrap();
    cluster.set_round_trip(Duration::from_secs(60));
    let started = Instant::now();
    let error = soon("an answer", consumer.commit(&message)).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Timeout { .. }) && error.is_retriable(), "{error:?}");
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn after_close_a_commit_is_refused() {
    let cluster = cluster(1, 10);
    let consumer = consumer(&cluster, "group");
    let message = soon("a message", consumer.recv()).await.unwrap().share();
    soon("close", consumer.close(Duration::from_secs(5))).await;
    let error = soon("an answer", consumer.commit(&message)).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Closed), "{error:?}");
}
