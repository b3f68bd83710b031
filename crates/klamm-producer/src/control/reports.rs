//! Delivery reports, an event of them at a time.

use std::task::Waker;

use klamm_core::{
    ErrorCode,
    native::{Deliveries, DeliveryReport, Sent},
};

use crate::{Delivered, DeliveryError, Record, delivery::Outcome, producer::Shared};

/// librdkafka's `ERR__PURGE_INFLIGHT`.
const PURGE_IN_FLIGHT: ErrorCode = ErrorCode::from_raw(-151);

/// Room for what an event of reports leaves to be done.
#[derive(Default)]
pub(super) struct Reports {
    wakers: Vec<Waker>,
}

/// What an event of reports says that is of concern to all.
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
        let (mut given_up, mut unclaimed, mut ended, mut failed) = (0, Vec::new(), 0, 0);
        let outcome = |sent, report: DeliveryReport| {
            ended += 1;
            failed += usize::from(report.error.is_some());
            given_up += usize::from(is_given_up(report));
            outcome(sent, report)
        };
        shared.raw.deliveries(deliveries, outcome, |told| match told {
            Ok(waker) => self.note(waker),
            Err(outcome) => unclaimed.extend(outcome.err()),
        });
        shared.returns.add_delivered(ended - failed);
        shared.returns.ended(ended);
        shared.advance();
        self.wakers.drain(..).for_each(Waker::wake);
        Read { given_up, unclaimed }
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
fn outcome(sent: Option<Sent>, report: DeliveryReport) -> Outcome {
    match (report.error, sent) {
        (Some(code), Some(Sent { topic, record: content })) => {
            Err(DeliveryError::Failed { record: Box::new(Record { topic, content }), code })
        }
        _ => {
            Ok(Delivered { partition: report.partition, offset: report.offset, timestamp: report.timestamp })
        }
    }
}
