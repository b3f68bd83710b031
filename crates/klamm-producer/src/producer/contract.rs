//! What a pipeline that produces relies on.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use klamm_core::{
    ErrorCode,
    contract::{self, ErrorClass, NoTransactions, Outgoing, Produce, ProducerError},
    native::{Client, Content},
};

use super::Producer;
use crate::{Delivery, DeliveryError, Record};

/// How long nothing lingers after a pipeline has asked for that, unless everything is delivered before.
const HASTEN_FOR: Duration = Duration::from_secs(10);

impl Producer {
    /// Returns the client, for the calls that concern no single record.
    pub(crate) fn client(&self) -> Client {
        self.shared().raw.client().clone()
    }
}

impl Produce for Producer {
    type Record = Record;
    type Delivery = Delivery;
    type Transactions = NoTransactions;

    fn send(&self, record: Record) -> Delivery {
        Self::send(self, record)
    }

    /// Nothing lingers until everything is delivered, for up to ten seconds (`rd_kafka_flush`).
    fn flush(&self) {
        self.shared().hasten(Instant::now() + HASTEN_FOR);
    }

    fn transactions(&self) -> Option<&NoTransactions> {
        None
    }
}

impl contract::Delivery for Delivery {
    /// When there is room for the record; it is in line until then, before all that are sent later.
    fn poll_enqueued(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ProducerError>> {
        self.poll_handed_over(cx).map_err(ProducerError::from)
    }

    fn poll_delivered(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ProducerError>> {
        Pin::new(self).poll(cx).map_ok(drop).map_err(ProducerError::from)
    }
}

impl From<Outgoing> for Record {
    fn from(outgoing: Outgoing) -> Self {
        let Outgoing { topic, partition, key, payload, timestamp, headers, .. } = outgoing;
        Self { topic, content: Content { partition, key, payload, timestamp, headers } }
    }
}

/// Sorts a failed delivery into its class.
impl From<DeliveryError> for ProducerError {
    fn from(error: DeliveryError) -> Self {
        let class = match error.code() {
            // The producer is closed.
            None => ErrorClass::Fatal,
            Some(ErrorCode::FENCED | ErrorCode::PRODUCER_FENCED | ErrorCode::INVALID_PRODUCER_EPOCH) => {
                ErrorClass::Fenced
            }
            Some(code) if code.is_fatal() => ErrorClass::Fatal,
            // Its transaction is being aborted, or has to be.
            Some(
                ErrorCode::STATE
                | ErrorCode::PURGE_QUEUE
                | ErrorCode::PURGE_INFLIGHT
                | ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER
                | ErrorCode::UNKNOWN_PRODUCER_ID
                | ErrorCode::INVALID_PRODUCER_ID_MAPPING
                | ErrorCode::INVALID_TXN_STATE,
            ) => ErrorClass::Abort,
            Some(code) if code.is_retriable() => ErrorClass::Retriable,
            Some(_) => ErrorClass::Refused,
        };
        Self::new(class, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_its_class() {
        let record = || Box::new(Record::to("t"));
        let class = |code| ProducerError::from(DeliveryError::Failed { record: record(), code }).class();
        assert_eq!(class(ErrorCode::MSG_TIMED_OUT), ErrorClass::Retriable);
        assert_eq!(class(ErrorCode::MESSAGE_TOO_LARGE), ErrorClass::Refused);
        assert_eq!(class(ErrorCode::PRODUCER_FENCED), ErrorClass::Fenced);
        assert_eq!(class(ErrorCode::INVALID_PRODUCER_EPOCH), ErrorClass::Fenced);
        assert_eq!(class(ErrorCode::GAPLESS_GUARANTEE), ErrorClass::Fatal);
        assert_eq!(class(ErrorCode::STATE), ErrorClass::Abort);
        assert_eq!(class(ErrorCode::PURGE_INFLIGHT), ErrorClass::Abort);
        let closed = DeliveryError::Closed { record: record() };
        assert_eq!(ProducerError::from(closed).class(), ErrorClass::Fatal);
    }

    #[test]
    fn nothing_of_an_outgoing_record_is_lost() {
        let mut outgoing = Outgoing::to("out");
        outgoing.partition = Some(3);
        outgoing.key = Some("k".into());
        outgoing.payload = Some("p".into());
        outgoing.timestamp = Some(7);
        outgoing.headers.push("h", "v");
        let expected = Record::to("out").partition(3).key("k").payload("p").timestamp(7).header("h", "v");
        assert_eq!(Record::from(outgoing), expected);
        assert_eq!(Record::from(Outgoing::to("out")), Record::to("out"));
    }
}
