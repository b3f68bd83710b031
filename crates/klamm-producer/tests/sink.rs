//! Sending through a sink.

mod common;

use std::time::Duration;

use common::{cluster, in_time, nowhere, number, numbered, producer};
use futures_util::{SinkExt, StreamExt, poll, stream};

#[tokio::test]
async fn a_stream_is_forwarded_in_order_and_delivered() {
    let cluster = cluster();
    let producer = producer(cluster.config());
    let records = stream::iter(0..1_000).map(|number| Ok(numbered(number)));
    in_time(records.forward(producer.sink(10))).await.unwrap();
    assert_eq!(producer.in_flight(), 0);
    assert_eq!(cluster.end_offsets("orders", 2).unwrap(), [1_000, 0]);
    // Only the sink was closed.
    assert_eq!(in_time(producer.send(numbered(0))).await.unwrap().offset, 1_000);
}

#[tokio::test]
async fn a_sink_has_no_more_under_way_than_it_was_made_for() {
    let producer = producer(nowhere());
    let mut sink = producer.sink(3);
    for number in 0..3 {
        in_time(sink.feed(numbered(number))).await.unwrap();
    }
    assert!(poll!(sink.feed(numbered(3))).is_pending());
    assert_eq!(producer.in_flight(), 3);
}

#[tokio::test]
async fn a_record_that_is_not_delivered_comes_out_of_the_sink_which_goes_on() {
    let producer = producer(nowhere().message_timeout(Duration::from_millis(50)));
    let mut sink = producer.sink(10);
    for number in 0..3 {
        in_time(sink.feed(numbered(number))).await.unwrap();
    }
    for sent in 0..3 {
        let error = in_time(sink.flush()).await.unwrap_err();
        assert_eq!(number(error.record()), sent);
    }
    in_time(sink.close()).await.unwrap();
}
