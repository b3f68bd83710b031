//! A queue without room.

mod common;

use std::{future::poll_fn, time::Duration};

use common::{Kept, cluster, in_time, nowhere, numbered, producer, until};
use futures_util::{future::join_all, poll};
use klamm_core::{ErrorCode, contract::Delivery as _};
use klamm_producer::{DeliveryError, Producer};

#[tokio::test]
async fn records_that_wait_for_room_stay_in_order_whoever_is_awaited() {
    let cluster = cluster();
    let producer = producer(cluster.config().queue_buffering_max_messages(7).linger(Duration::ZERO));
    let mut deliveries = producer.send_all((0..500).map(numbered));
    let last = deliveries.pop().unwrap();
    // Nobody polls those before it.
    assert_eq!(in_time(last).await.unwrap().offset, 499);
    for (offset, delivered) in (0..).zip(in_time(join_all(deliveries)).await) {
        assert_eq!(delivered.unwrap().offset, offset);
    }
    assert_eq!(producer.in_flight(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_of_several_senders_stays_in_order() {
    let cluster = cluster();
    let producer = producer(cluster.config().queue_buffering_max_messages(3).linger(Duration::ZERO));
    let senders: Vec<_> = (0..4)
        .map(|_| {
            let producer = producer.clone();
            tokio::spawn(async move {
                let delivered = join_all(producer.send_all((0..500).map(numbered))).await;
                let offsets: Vec<_> =
                    delivered.into_iter().map(|delivered| delivered.unwrap().offset).collect();
                assert!(offsets.is_sorted(), "{offsets:?}");
                offsets
            })
        })
        .collect();
    let mut offsets: Vec<_> = in_time(join_all(senders)).await.into_iter().flat_map(Result::unwrap).collect();
    offsets.sort_unstable();
    assert_eq!(offsets, (0..2_000).collect::<Vec<_>>());
}

#[tokio::test]
async fn trying_gives_the_record_back_at_once() {
    let producer = producer(nowhere().queue_buffering_max_messages(1));
    let sent = producer.try_send(numbered(0)).unwrap();
    for _ in 0..2 {
        let error = producer.try_send(numbered(1)).unwrap_err();
        assert!(matches!(error, DeliveryError::NotTaken { .. }) && error.is_retriable(), "{error:?}");
        assert_eq!(error.code(), Some(ErrorCode::QUEUE_FULL));
        assert_eq!(error.into_record(), numbered(1));
    }
    assert_eq!(producer.in_flight(), 1);
    drop(sent);
}

/// What a pipeline waits for before it handles the next message of a lane.
#[tokio::test]
async fn a_record_is_enqueued_once_there_is_room_for_it() {
    let cluster = cluster();
    cluster.set_round_trip(Duration::from_millis(300));
    let producer = producer(cluster.config().queue_buffering_max_messages(1).linger(Duration::ZERO));
    let mut first = producer.send(numbered(0));
    assert!(poll!(poll_fn(|cx| first.poll_enqueued(cx))).is_ready());
    let mut second = producer.send(numbered(1));
    assert!(poll!(poll_fn(|cx| second.poll_enqueued(cx))).is_pending());
    in_time(poll_fn(|cx| second.poll_enqueued(cx))).await.unwrap();
    in_time(first).await.unwrap();
    assert_eq!(in_time(second).await.unwrap().offset, 1);
}

#[tokio::test]
async fn trying_does_not_overtake_those_that_wait() {
    let cluster = cluster();
    cluster.set_round_trip(Duration::from_millis(300));
    let producer = producer(cluster.config().queue_buffering_max_kbytes(1).linger(Duration::ZERO));
    let first = producer.send(numbered(0).payload(vec![0; 600]));
    // There is no room for this one beside the first, and there would be for those that follow.
    let second = producer.send(numbered(0).payload(vec![0; 600]));
    let error = producer.try_send(numbered(0)).unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::QUEUE_FULL));
    let third = producer.send(numbered(0));
    let offsets = in_time(join_all([first, second, third])).await;
    let offsets: Vec<_> = offsets.into_iter().map(|delivered| delivered.unwrap().offset).collect();
    assert_eq!(offsets, [0, 1, 2]);
}

#[tokio::test]
async fn a_record_is_taken_back_while_it_waits_and_not_later() {
    let producer = producer(nowhere().queue_buffering_max_messages(1));
    let sent = producer.send(numbered(0));
    let mut waiting = producer.send(numbered(1));
    assert!(poll!(&mut waiting).is_pending());
    assert_eq!(producer.in_flight(), 2);
    assert_eq!(waiting.cancel().unwrap(), numbered(1));
    assert_eq!(producer.in_flight(), 1);
    let sent = sent.cancel().unwrap_err();
    assert_eq!(in_time(producer.close(Duration::ZERO)).await.records, 1);
    assert_eq!(in_time(sent).await.unwrap_err().into_record(), numbered(0));
    assert_eq!(producer.undelivered(), 0);
}

#[tokio::test]
async fn a_record_whose_delivery_is_dropped_while_it_waits_is_not_sent() {
    let cluster = cluster();
    let kept = Kept::default();
    cluster.go_down();
    let config = cluster.config().queue_buffering_max_messages(1);
    let producer = Producer::builder(config).on_undelivered(kept.hook()).start().unwrap();
    let sent = producer.send(numbered(0));
    drop(producer.send(numbered(1)));
    let after = producer.send(numbered(2));
    let error = kept.take().pop().expect("the hook was called at once");
    assert_eq!((error.code(), error.into_record()), (Some(ErrorCode::QUEUE_FULL), numbered(1)));
    cluster.come_up();
    assert_eq!(in_time(sent).await.unwrap().offset, 0);
    assert_eq!(in_time(after).await.unwrap().offset, 1);
}

#[tokio::test]
async fn a_close_delivers_what_waits_for_room() {
    let cluster = cluster();
    let producer = producer(cluster.config().queue_buffering_max_messages(1));
    let deliveries = producer.send_all((0..20).map(numbered));
    assert_eq!(in_time(producer.close(common::WITHIN)).await.records, 0);
    for (offset, delivered) in (0..).zip(join_all(deliveries).await) {
        assert_eq!(delivered.unwrap().offset, offset);
    }
}

#[tokio::test]
async fn a_close_gives_back_what_waits_for_room_at_its_deadline() {
    let producer = producer(nowhere().queue_buffering_max_messages(1));
    let mut deliveries = producer.send_all((0..4).map(numbered));
    drop(deliveries.pop());
    let undelivered = in_time(producer.close(Duration::ZERO)).await;
    // The one that was dropped in line was taken back then.
    assert_eq!((undelivered.records, producer.undelivered()), (3, 1));
    let errors = in_time(join_all(deliveries)).await;
    for (sent, error) in errors.into_iter().enumerate() {
        let error = error.unwrap_err();
        assert_eq!(matches!(error, DeliveryError::Closed { .. }), sent > 0, "{error:?}");
        assert_eq!(error.into_record(), numbered(sent));
    }
    until("nothing is under way", || producer.in_flight() == 0).await;
}
