//! What becomes of a record, as the test says.

use std::{
    error::Error,
    fmt, mem,
    task::{Context, Poll},
};

use klamm_core::contract::{Delivery, ErrorClass, Outgoing, ProducerError};

use super::{
    ScriptedProducer,
    producer::{Entry, Said},
};

/// What becomes of a record of a [`ScriptedProducer`].
#[derive(Debug)]
#[must_use = "without it nothing is known of the delivery"]
pub struct ScriptedDelivery {
    producer: ScriptedProducer,
    stage: Stage,
    /// The transaction that it was sent in.
    transaction: Option<u64>,
}

#[derive(Debug)]
enum Stage {
    /// There was no room.
    Waiting(Outgoing),
    Enqueued(usize),
    Refused(ScriptedFailure, ErrorClass),
    Over,
}

impl ScriptedDelivery {
    /// Sends a record.
    pub(super) fn offered(producer: ScriptedProducer, record: Outgoing, transaction: Option<u64>) -> Self {
        let mut delivery = Self { producer, stage: Stage::Waiting(record), transaction };
        delivery.offer();
        delivery
    }

    /// Enqueues the record if there is room for it.
    fn offer(&mut self) {
        let mut state = self.producer.state();
        let Stage::Waiting(record) = &self.stage else { return };
        let refused = state.refused.iter().find(|(topic, _)| **topic == *record.topic);
        if let Some((_, class)) = refused {
            let failure = ScriptedFailure { record: record.clone() };
            self.stage = Stage::Refused(failure, *class);
            return;
        }
        if let Some(of) = self.transaction {
            let present = state.ledger.taking_records();
            assert_eq!(of, present, "a record that waited for room is enqueued in another transaction");
        }
        if let Some(number) = state.enqueue(record, self.transaction) {
            self.stage = Stage::Enqueued(number);
        }
    }
}

impl Delivery for ScriptedDelivery {
    fn poll_enqueued(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ProducerError>> {
        self.offer();
        match mem::replace(&mut self.stage, Stage::Over) {
            Stage::Waiting(record) => {
                self.stage = Stage::Waiting(record);
                self.producer.state().wakers.push(cx.waker().clone());
                Poll::Pending
            }
            Stage::Enqueued(number) => {
                self.stage = Stage::Enqueued(number);
                Poll::Ready(Ok(()))
            }
            Stage::Refused(failure, class) => Poll::Ready(Err(ProducerError::new(class, failure))),
            Stage::Over => panic!("a delivery is polled after it has completed"),
        }
    }

    fn poll_delivered(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ProducerError>> {
        match self.poll_enqueued(cx) {
            Poll::Ready(Ok(())) => {}
            other => return other,
        }
        let Stage::Enqueued(number) = self.stage else { unreachable!("it is enqueued") };
        let mut state = self.producer.state();
        let Entry { record, said, .. } = &state.enqueued[number];
        let answer = match *said {
            Said::Nothing => {
                state.wakers.push(cx.waker().clone());
                return Poll::Pending;
            }
            Said::Acknowledged => Ok(()),
            Said::Failed(class) => Err(ProducerError::new(class, ScriptedFailure { record: record.clone() })),
        };
        drop(state);
        self.stage = Stage::Over;
        Poll::Ready(answer)
    }
}

impl Drop for ScriptedDelivery {
    fn drop(&mut self) {
        if !matches!(self.stage, Stage::Over) {
            self.producer.state().dropped += 1;
        }
    }
}

/// What a [`ScriptedProducer`] says of a record that is to fail.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScriptedFailure {
    /// The record.
    pub record: Outgoing,
}

impl fmt::Display for ScriptedFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the record to `{}` is to fail", self.record.topic)
    }
}

impl Error for ScriptedFailure {}
