//! Delivery reports, an event of them at a time.

use std::{sync::Arc, task::Waker};

use klamm_core::{
    ErrorCode,
    native::{Deliveries, DeliveryReport, Sent},
};

use crate::{
    Delivered, DeliveryError, Record,
    delivery::Outcome,
    producer::{Returns, Shared},
};

/// librdkafka's `ERR__PURGE_INFLIGHT`.
const PURGE_IN_FLIGHT: ErrorCode = ErrorCode::from_raw(-151);

/// Room for what an event of reports leaves to be done.
#[derive(Default)]
pub(super) struct Reports {
    wakers: Vec<Waker>,
}

/// What an event of reports says that is of concern to all.
#[derive(Default)]
pub(super) struct Read {
    /// Records that were given up.
    pub(super) given_up: usize,
    /// Records that were not delivered, and that nobody waits for.
    pub(super) unclaimed: Vec<DeliveryError>,
}

impl Reports {
    /// Puts each outcome where it is waited for, frees what was sent, hands over what waited for the room, and then wakes each
    /// task once.
    pub(super) fn read(&mut self, shared: &Shared, deliveries: Deliveries) -> Read {
        let mut read = Read::default();
        let mut ended = 0;
        shared.raw.deliveries(deliveries, |parcel, sent, report| {
            ended += 1;
            read.given_up += usize::from(is_given_up(report));
            match parcel.value().fill(outcome(shared, sent, report)) {
                Ok(waker) => self.note(waker),
                Err(outcome) => read.unclaimed.extend(outcome.err()),
            }
            // Unless somebody waits for the delivery, who gives it back then.
            if Arc::strong_count(&parcel) == 1 {
                Returns::give(parcel);
            }
        });
        shared.returns.ended(ended);
        shared.advance();
        self.wakers.drain(..).for_each(Waker::wake);
        read
    }

    /// Notes a task; the records of one follow each other.
    fn note(&mut self, waker: Option<Waker>) {
        let Some(waker) = waker else { return };
        if !self.wakers.last().is_some_and(|last| last.will_wake(&waker)) {
            self.wakers.push(waker);
        }
    }
}

fn is_given_up(report: DeliveryReport) -> bool {
    matches!(report.error, Some(ErrorCode::PURGE_QUEUE | PURGE_IN_FLIGHT))
}

#[inline]
fn outcome(shared: &Shared, sent: Option<Sent>, report: DeliveryReport) -> Outcome {
    match (report.error, sent) {
        (Some(code), Some(sent)) => {
            let topic = Arc::clone(shared.raw.topic_name(sent.topic));
            Err(DeliveryError::Failed { record: Box::new(Record { topic, content: sent.record }), code })
        }
        _ => {
            Ok(Delivered { partition: report.partition, offset: report.offset, timestamp: report.timestamp })
        }
    }
}
