//! A sink of records.

use std::{
    collections::VecDeque,
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use futures_sink::Sink;

use crate::{Delivery, DeliveryError, Producer, Record};

/// A sink of records, made by [`Producer::sink`]: up to so many are under way, and flushing waits for all of them.
///
/// ```
/// use futures_util::{SinkExt, StreamExt, stream};
/// use klamm_producer::{Producer, Record};
/// # use klamm_testing::MockCluster;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let cluster = MockCluster::start(1)?;
/// # cluster.create_topic("orders", 4)?;
/// # let producer = Producer::builder(cluster.config()).start()?;
/// let records = stream::iter(0..10_000).map(|n| Ok(Record::to("orders").payload(n.to_string())));
/// records.forward(producer.sink(1_000)).await?; // and all of them are delivered
/// # Ok(())
/// # }
/// ```
///
/// # Delivery
///
/// A record is sent when it goes into the sink. One that is not delivered comes out as the error of a later call, in the
/// order of sends; the sink can be used on, and errors of others may follow. To close the sink waits for its records, and
/// leaves the producer as it is; to drop it gives nothing up.
///
/// # Cancel safety
///
/// Nothing is lost with a future that waits for the sink.
#[must_use = "a sink does nothing without records"]
pub struct RecordSink {
    producer: Producer,
    in_flight: usize,
    deliveries: VecDeque<Delivery>,
}

impl RecordSink {
    pub(crate) fn new(producer: Producer, in_flight: usize) -> Self {
        Self { producer, in_flight: in_flight.max(1), deliveries: VecDeque::new() }
    }

    /// Waits until fewer than `count` records are under way.
    fn poll_below(&mut self, count: usize, cx: &mut Context<'_>) -> Poll<Result<(), DeliveryError>> {
        while let Some(first) = self.deliveries.front_mut() {
            let Poll::Ready(outcome) = Pin::new(first).poll(cx) else {
                let is_below = self.deliveries.len() < count;
                return if is_below { Poll::Ready(Ok(())) } else { Poll::Pending };
            };
            self.deliveries.pop_front();
            outcome?;
        }
        Poll::Ready(Ok(()))
    }
}

impl Sink<Record> for RecordSink {
    type Error = DeliveryError;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), DeliveryError>> {
        let in_flight = self.in_flight;
        self.poll_below(in_flight, cx)
    }

    fn start_send(mut self: Pin<&mut Self>, record: Record) -> Result<(), DeliveryError> {
        let delivery = self.producer.send(record);
        self.deliveries.push_back(delivery);
        Ok(())
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), DeliveryError>> {
        self.poll_below(1, cx)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), DeliveryError>> {
        self.poll_flush(cx)
    }
}

impl fmt::Debug for RecordSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordSink").field("under_way", &self.deliveries.len()).finish_non_exhaustive()
    }
}
