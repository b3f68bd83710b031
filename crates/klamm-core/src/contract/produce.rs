//! What a producer promises, and what a pipeline that produces may rely on.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;

use super::{ProducerError, Transactions};
use crate::message::OwnedHeaders;

/// Takes records, and tells what becomes of each.
///
/// `klamm-producer` implements it over librdkafka; pipelines that produce are written against it and name no client. A
/// producer without transactions has [`NoTransactions`](super::NoTransactions).
pub trait Produce: Send + Sync {
    /// What is sent. A pipeline that has something to send of its own makes it from an [`Outgoing`].
    type Record: From<Outgoing> + Send;

    /// What becomes of a record.
    type Delivery: Delivery;

    /// The producer's transactions.
    type Transactions: Transactions;

    /// Sends a record. If there is room for it, it is enqueued before this returns; if there is none it waits, and its
    /// delivery must be polled until it is enqueued. It never blocks.
    ///
    /// Records that go to the same partition are written in the order in which they were enqueued, as far as the
    /// producer keeps that order when it tries again (librdkafka does with `enable.idempotence`).
    ///
    /// # Cancel safety
    ///
    /// Dropping the delivery of a record that waits for room takes the record back; one that was handed on is delivered all
    /// the same.
    fn send(&self, record: Self::Record) -> Self::Delivery;

    /// Has what was sent go out now, however long records may linger (`linger.ms`). It neither blocks nor waits: the
    /// deliveries say when that is done.
    fn flush(&self);

    /// Returns the producer's transactions, if that is how it sends: every record must then be sent within one.
    fn transactions(&self) -> Option<&Self::Transactions>;
}

impl<P: Produce + ?Sized> Produce for &P {
    type Record = P::Record;
    type Delivery = P::Delivery;
    type Transactions = P::Transactions;

    fn send(&self, record: P::Record) -> P::Delivery {
        (**self).send(record)
    }

    fn flush(&self) {
        (**self).flush();
    }

    fn transactions(&self) -> Option<&P::Transactions> {
        (**self).transactions()
    }
}

/// What becomes of a record, in two steps.
pub trait Delivery: Unpin + Send {
    /// Completes when the record has its place: one that is sent after that comes behind it.
    ///
    /// It may be asked again after it has completed with `Ok`.
    ///
    /// # Errors
    ///
    /// Why the record will never have one; nothing more is to be asked then.
    fn poll_enqueued(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ProducerError>>;

    /// Completes when the record is acknowledged as the producer's settings ask for (`acks`), or will not be. It need not
    /// be asked before whether the record is enqueued. To be polled no more once it has completed.
    ///
    /// # Errors
    ///
    /// Why the record is not acknowledged. It may stand in the log all the same, if an answer was lost.
    fn poll_delivered(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ProducerError>>;
}

/// A record that a pipeline sends: a topic, and whatever else is to be said.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outgoing {
    /// The topic's name.
    pub topic: Arc<str>,
    /// The partition, or `None` to leave the choice to the producer's partitioner.
    pub partition: Option<i32>,
    /// The key.
    pub key: Option<Bytes>,
    /// The payload; `None` is a tombstone.
    pub payload: Option<Bytes>,
    /// The creation time in milliseconds since 1970; `None` is the time of sending.
    pub timestamp: Option<i64>,
    /// The headers.
    pub headers: OwnedHeaders,
}

impl Outgoing {
    /// Makes a record for a topic, of which nothing else is said: it has no key, and is a tombstone.
    pub fn to(topic: impl Into<Arc<str>>) -> Self {
        Self {
            topic: topic.into(),
            partition: None,
            key: None,
            payload: None,
            timestamp: None,
            headers: OwnedHeaders::new(),
        }
    }
}
