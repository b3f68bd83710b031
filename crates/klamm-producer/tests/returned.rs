//! Records that are not delivered come back, whatever is the matter.

mod common;

use std::time::Duration;

use common::{Kept, cluster, in_time, nowhere, numbered, producer, until};
use klamm_core::{Config, ErrorCode};
use klamm_producer::{DeliveryError, Producer, Record};

/// What does not come before the next line has run.
const NOT_SOON: Duration = Duration::from_millis(500);

fn record(topic: &str) -> Record {
    Record::to(topic).partition(1).key("k").payload("p").timestamp(1_000).header("h", "v").null_header("n")
}

/// Checks that a record comes back as it was, with the code.
async fn check_not_taken(producer: &Producer, record: Record, code: ErrorCode) {
    let error = in_time(producer.send(record.clone())).await.unwrap_err();
    assert!(matches!(error, DeliveryError::NotTaken { .. }), "{error:?}");
    assert_eq!((error.code(), error.is_retriable()), (Some(code), false), "{error:?}");
    assert_eq!(error.into_record(), record);
    let error = producer.try_send(record.clone()).unwrap_err();
    assert_eq!((error.code(), error.into_record()), (Some(code), record));
    assert_eq!(producer.in_flight(), 0);
}

/// Checks that a record is taken, and comes back as it was, with the code.
async fn check_failed(producer: &Producer, record: Record, code: ErrorCode) {
    let error = in_time(producer.send(record.clone())).await.unwrap_err();
    assert!(matches!(error, DeliveryError::Failed { .. }), "{error:?}");
    assert_eq!(error.code(), Some(code), "{error:?}");
    assert_eq!(error.into_record(), record);
    assert_eq!(producer.in_flight(), 0);
}

#[tokio::test]
async fn what_is_no_topic() {
    let cluster = cluster();
    let producer = producer(cluster.config());
    for topic in ["", "a\0b", &"a".repeat(513)] {
        check_not_taken(&producer, record(topic), ErrorCode::INVALID_ARGUMENT).await;
    }
}

#[tokio::test]
async fn a_record_that_is_too_large() {
    let cluster = cluster();
    let producer = producer(cluster.config().message_max_bytes(10_000));
    let record = record("orders").payload(vec![0; 10_001]);
    check_not_taken(&producer, record, ErrorCode::MESSAGE_TOO_LARGE).await;
}

#[tokio::test]
async fn a_record_for_which_there_is_never_room() {
    let cluster = cluster();
    let producer = producer(cluster.config().queue_buffering_max_kbytes(1));
    check_not_taken(&producer, record("orders").payload(vec![0; 1025]), ErrorCode::MESSAGE_TOO_LARGE).await;
    in_time(producer.send(record("orders").payload(vec![0; 1024]))).await.unwrap();
}

#[tokio::test]
async fn a_partition_that_is_not_there() {
    let cluster = cluster();
    let producer = producer(cluster.config());
    // Before the topic is known librdkafka takes it, and it is not known so soon; afterwards it does not.
    cluster.set_round_trip(NOT_SOON);
    check_failed(&producer, record("orders").partition(2), ErrorCode::UNKNOWN_PARTITION).await;
    check_not_taken(&producer, record("orders").partition(2), ErrorCode::UNKNOWN_PARTITION).await;
}

#[tokio::test]
async fn a_topic_that_is_not_there() {
    let cluster = cluster();
    cluster.set_topic_error("orders", ErrorCode::UNKNOWN_TOPIC_OR_PARTITION).unwrap();
    cluster.set_round_trip(NOT_SOON);
    let producer = producer(cluster.config().set("topic.metadata.propagation.max.ms", 0));
    check_failed(&producer, record("orders"), ErrorCode::UNKNOWN_TOPIC_OR_PARTITION).await;
    check_not_taken(&producer, record("orders"), ErrorCode::LOCAL_UNKNOWN_TOPIC).await;
}

#[tokio::test]
async fn nobody_to_send_it_to() {
    let producer = producer(nowhere().message_timeout(Duration::from_millis(50)));
    check_failed(&producer, record("orders"), ErrorCode::MSG_TIMED_OUT).await;
}

#[tokio::test]
async fn what_a_broker_refuses() {
    let cluster = cluster();
    let producer = producer(cluster.config());
    cluster.push_request_errors(klamm_testing::ApiKey::PRODUCE, &[ErrorCode::TOPIC_AUTHORIZATION_FAILED]);
    check_failed(&producer, record("orders"), ErrorCode::TOPIC_AUTHORIZATION_FAILED).await;
}

#[tokio::test]
async fn a_record_of_a_closed_producer() {
    let cluster = cluster();
    let producer = producer(cluster.config());
    assert_eq!(in_time(producer.close(Duration::from_secs(20))).await.records, 0);
    let error = in_time(producer.send(record("orders"))).await.unwrap_err();
    assert!(matches!(error, DeliveryError::Closed { .. }), "{error:?}");
    assert_eq!(error.into_record(), record("orders"));
    let error = producer.try_send(record("orders")).unwrap_err();
    assert!(matches!(error, DeliveryError::Closed { .. }), "{error:?}");
    assert_eq!(error.into_record(), record("orders"));
}

#[tokio::test]
async fn a_close_hands_back_what_nobody_waits_for_and_deliveries_the_rest() {
    let producer = producer(nowhere());
    let waited_for = producer.send(numbered(0));
    drop(producer.send(numbered(1)));
    let undelivered = in_time(producer.close(Duration::ZERO)).await;
    assert_eq!(undelivered.records, 2);
    let unclaimed: Vec<_> = undelivered.unclaimed.into_iter().map(DeliveryError::into_record).collect();
    assert_eq!(unclaimed, [numbered(1)]);
    let error = in_time(waited_for).await.unwrap_err();
    assert!(matches!(error, DeliveryError::Failed { code: ErrorCode::PURGE_QUEUE, .. }), "{error:?}");
    assert_eq!(error.into_record(), numbered(0));
    assert_eq!(producer.undelivered(), 0);
}

#[tokio::test]
async fn a_close_that_nobody_waits_for_leaves_it_to_the_hook() {
    let kept = Kept::default();
    let producer = Producer::builder(nowhere()).on_undelivered(kept.hook()).start().unwrap();
    drop(producer.send(numbered(0)));
    {
        let mut closing = Box::pin(producer.close(NOT_SOON));
        assert!(futures_util::poll!(&mut closing).is_pending());
    }
    until("the record is handed to the hook", || kept.len() == 1).await;
    assert_eq!(kept.take().pop().unwrap().into_record(), numbered(0));
    assert_eq!(producer.undelivered(), 1);
}

#[tokio::test]
async fn a_delivery_that_is_dropped_leaves_it_to_the_hook() {
    let kept = Kept::default();
    let config = nowhere().message_timeout(Duration::from_millis(50));
    let producer = Producer::builder(config).on_undelivered(kept.hook()).start().unwrap();
    // Before the report, after it, and of a record that was refused.
    drop(producer.send(numbered(0)));
    let unheard = producer.send(numbered(1));
    drop(producer.send(Record::to("").payload("2")));
    until("both have come to an end", || producer.in_flight() == 0).await;
    drop(unheard);
    until("the records are handed to the hook", || kept.len() == 3).await;
    let mut numbers: Vec<_> = kept.take().iter().map(|error| common::number(error.record())).collect();
    numbers.sort_unstable();
    assert_eq!((numbers, producer.undelivered()), (vec![0, 1, 2], 3));
}

#[tokio::test]
async fn a_hook_that_panics_is_called_again() {
    let kept = Kept::default();
    let keep = kept.hook();
    let hook = move |error: DeliveryError| {
        let is_first = common::number(error.record()) == 0;
        keep(error);
        assert!(!is_first, "on purpose");
    };
    let config = nowhere().message_timeout(Duration::from_millis(50));
    let producer = Producer::builder(config).on_undelivered(hook).start().unwrap();
    drop(producer.send(numbered(0)));
    until("the first record is handed to the hook", || kept.len() == 1).await;
    drop(producer.send(numbered(1)));
    until("the second one too", || kept.len() == 2).await;
}

#[tokio::test]
async fn the_last_producer_that_is_dropped_leaves_it_to_the_hook() {
    let kept = Kept::default();
    let config: Config = nowhere().message_timeout(Duration::from_millis(50));
    let producer = Producer::builder(config).on_undelivered(kept.hook()).start().unwrap();
    drop(producer.send(numbered(0)));
    drop(producer);
    until("the record is handed to the hook", || kept.len() == 1).await;
    assert_eq!(kept.take().pop().unwrap().into_record(), numbered(0));
}
