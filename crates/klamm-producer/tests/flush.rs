//! Waiting until nothing is under way, and when payloads are let go of.

mod common;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use common::{WITHIN, cluster, in_time, nowhere, numbered, producer};
use futures_util::poll;

/// Less than `message.timeout.ms`, as librdkafka wants of `linger.ms`.
const LONG: Duration = Duration::from_secs(200);

#[tokio::test]
async fn a_flush_sends_what_lingers() {
    let cluster = cluster();
    let producer = producer(cluster.config().linger(LONG));
    let deliveries = producer.send_all((0..100).map(numbered));
    assert_eq!(in_time(producer.flush(WITHIN)).await.records, 0);
    // Each has its report: nothing is waited for.
    for mut delivery in deliveries {
        assert!(matches!(poll!(&mut delivery), std::task::Poll::Ready(Ok(_))));
    }
    // The producer is as it was.
    let delivery = producer.send(numbered(100));
    assert_eq!(in_time(producer.flush(WITHIN)).await.records, 0);
    assert_eq!(in_time(delivery).await.unwrap().offset, 100);
}

#[tokio::test]
async fn a_flush_sends_what_waits_for_room() {
    let cluster = cluster();
    let producer = producer(cluster.config().linger(LONG).queue_buffering_max_messages(3));
    let deliveries = producer.send_all((0..20).map(numbered));
    assert_eq!(in_time(producer.flush(WITHIN)).await.records, 0);
    assert_eq!(cluster.end_offsets("orders", 2).unwrap(), [20, 0]);
    drop(deliveries);
}

#[tokio::test]
async fn a_flush_says_at_its_deadline_what_is_still_under_way() {
    let producer = producer(nowhere().queue_buffering_max_messages(2));
    let deliveries = producer.send_all((0..3).map(numbered));
    let started = Instant::now();
    let undelivered = in_time(producer.flush(Duration::from_millis(100))).await;
    assert_eq!((undelivered.records, undelivered.unclaimed.len()), (3, 0));
    assert!(started.elapsed() >= Duration::from_millis(100));
    // Nothing was given up.
    for mut delivery in deliveries {
        assert!(poll!(&mut delivery).is_pending());
    }
}

#[tokio::test]
async fn a_flush_of_nothing_is_over_at_once() {
    let cluster = cluster();
    let producer = producer(cluster.config());
    assert_eq!(in_time(producer.flush(LONG)).await.records, 0);
    let _ = in_time(producer.close(WITHIN)).await;
    assert_eq!(in_time(producer.flush(LONG)).await.records, 0);
}

#[tokio::test]
async fn a_flush_that_is_dropped_leaves_the_others() {
    let cluster = cluster();
    let producer = producer(cluster.config().linger(LONG));
    cluster.go_down();
    let delivery = producer.send(numbered(0));
    let mut first = Box::pin(producer.flush(LONG));
    let mut second = Box::pin(producer.flush(LONG));
    assert!(poll!(&mut first).is_pending() && poll!(&mut second).is_pending());
    drop(first);
    cluster.come_up();
    assert_eq!(in_time(second).await.records, 0);
    in_time(delivery).await.unwrap();
}

#[tokio::test]
async fn a_close_answers_those_that_flush() {
    let producer = producer(nowhere());
    let delivery = producer.send(numbered(0));
    let mut flushing = Box::pin(producer.flush(LONG));
    assert!(poll!(&mut flushing).is_pending());
    assert_eq!(in_time(producer.close(Duration::ZERO)).await.records, 1);
    assert_eq!(in_time(flushing).await.records, 1);
    in_time(delivery).await.unwrap_err();
}

/// A payload whose owners are counted.
struct Counted(Vec<u8>, Arc<AtomicUsize>);

impl Counted {
    fn payload(alive: &Arc<AtomicUsize>, bytes: usize) -> Bytes {
        alive.fetch_add(1, Ordering::SeqCst);
        Bytes::from_owner(Self(vec![7; bytes], Arc::clone(alive)))
    }
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.1.fetch_sub(1, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn a_payload_lives_until_its_report_and_no_longer() {
    let cluster = cluster();
    let producer = producer(cluster.config().linger(LONG));
    let alive = Arc::default();
    // Small ones are copied into the request, large ones (`message.copy.max.bytes`) are sent from where they lie.
    let sizes = [1, 1_000, 100_000];
    let records = sizes.map(|bytes| numbered(0).payload(Counted::payload(&alive, bytes)));
    let deliveries = producer.send_all(records);
    assert_eq!(alive.load(Ordering::SeqCst), 3);
    assert_eq!(in_time(producer.flush(WITHIN)).await.records, 0);
    assert_eq!(alive.load(Ordering::SeqCst), 0);
    drop(deliveries);
}

#[tokio::test]
async fn a_payload_that_was_not_delivered_is_the_same_memory() {
    let producer = producer(nowhere());
    let alive = Arc::default();
    let payload = Counted::payload(&alive, 1_000);
    let lies_at = payload.as_ptr();
    let delivery = producer.send(numbered(0).payload(payload));
    assert_eq!(in_time(producer.close(Duration::ZERO)).await.records, 1);
    let record = in_time(delivery).await.unwrap_err().into_record();
    assert_eq!(record.into_parts().payload.unwrap().as_ptr(), lies_at);
    assert_eq!(alive.load(Ordering::SeqCst), 0);
}
