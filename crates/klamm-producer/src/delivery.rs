//! What becomes of a record.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker, ready},
};

use event_listener::EventListener;
use klamm_core::{Error, ErrorCode, Timestamp, native::DeliveryReport};

use crate::{Record, producer::Shared};

/// Where a record stands in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivered {
    /// The partition.
    pub partition: i32,
    /// The offset. With `acks=0` brokers do not say, and it is negative.
    pub offset: i64,
    /// The timestamp.
    pub timestamp: Timestamp,
}

/// Why a record was not delivered, with the record if it never left.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeliveryError {
    /// librdkafka did not take the record.
    #[error("the record was not taken")]
    NotTaken {
        /// The record.
        record: Box<Record>,
        /// Why.
        source: Error,
    },
    /// The record was taken and not delivered. It may stand in the log all the same, if an answer was lost.
    #[error("the record was not delivered: {0}")]
    Failed(ErrorCode),
    /// The producer was closed before the record was taken.
    #[error("the producer is closed")]
    Closed {
        /// The record.
        record: Box<Record>,
    },
}

impl DeliveryError {
    /// Tells whether sending the record again may succeed. A record that [`Failed`](Self::Failed) may then stand twice
    /// in the log, unless `enable.idempotence` is on.
    pub fn is_retriable(&self) -> bool {
        match self {
            Self::NotTaken { source, .. } => source.is_retriable(),
            Self::Failed(code) => code.is_retriable(),
            Self::Closed { .. } => false,
        }
    }

    /// Returns the code that librdkafka or a broker answered with, unless the producer is closed.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::NotTaken { source, .. } => source.code(),
            Self::Failed(code) => Some(*code),
            Self::Closed { .. } => None,
        }
    }
}

/// Where a record's report is put.
#[derive(Debug, Default)]
pub(crate) struct Slot(Mutex<State>);

#[derive(Debug, Default)]
enum State {
    #[default]
    Waiting,
    Polled(Waker),
    Done(DeliveryReport),
    Taken,
}

impl Slot {
    /// Puts the report in, and wakes who waits for it.
    pub(crate) fn fill(&self, report: DeliveryReport) {
        let before = std::mem::replace(&mut *self.lock(), State::Done(report));
        if let State::Polled(waker) = before {
            waker.wake();
        }
    }

    fn poll(&self, cx: &Context<'_>) -> Poll<DeliveryReport> {
        let mut state = self.lock();
        match &*state {
            State::Done(report) => {
                let report = *report;
                *state = State::Taken;
                Poll::Ready(report)
            }
            State::Polled(waker) if waker.will_wake(cx.waker()) => Poll::Pending,
            State::Waiting | State::Polled(_) | State::Taken => {
                let before = std::mem::replace(&mut *state, State::Polled(cx.waker().clone()));
                drop(state);
                drop(before);
                Poll::Pending
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The delivery of a record, to come.
///
/// # Cancel safety
///
/// The record is taken when `send` is called if there is room for it, and is then delivered whether this is awaited or
/// not. While it waits for room, dropping this takes it back.
///
/// # Panics
///
/// If it is polled after it has completed.
#[must_use = "without it nothing is known of the delivery"]
pub struct Delivery {
    stage: Stage,
}

enum Stage {
    /// There was no room; the record is sent as soon as there is.
    Waiting {
        shared: Arc<Shared>,
        record: Box<Record>,
        room: Option<EventListener>,
    },
    /// librdkafka has it.
    Sent(Arc<Slot>),
    /// It was refused.
    Refused(DeliveryError),
    Over,
}

impl Delivery {
    pub(crate) fn waiting(shared: Arc<Shared>, record: Record) -> Self {
        Self { stage: Stage::Waiting { shared, record: Box::new(record), room: None } }
    }

    pub(crate) fn sent(slot: Arc<Slot>) -> Self {
        Self { stage: Stage::Sent(slot) }
    }

    pub(crate) fn refused(error: DeliveryError) -> Self {
        Self { stage: Stage::Refused(error) }
    }

    /// Completes when the record is taken: those that are sent after that come after it.
    pub(crate) fn poll_taken(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), DeliveryError>> {
        ready!(self.poll_room(cx));
        if !matches!(self.stage, Stage::Refused(_)) {
            return Poll::Ready(Ok(()));
        }
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Refused(error) => Poll::Ready(Err(error)),
            _ => unreachable!("it was looked at just now"),
        }
    }

    /// Completes when the record waits for room no more: it is taken, or refused.
    fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            match std::mem::replace(&mut self.stage, Stage::Over) {
                Stage::Waiting { shared, record, room: Some(mut room) } => {
                    if Pin::new(&mut room).poll(cx).is_pending() {
                        self.stage = Stage::Waiting { shared, record, room: Some(room) };
                        return Poll::Pending;
                    }
                    self.stage = Stage::Waiting { shared, record, room: None };
                }
                Stage::Waiting { shared, record, room: None } => {
                    // Listens first, then looks: room that comes between is not missed.
                    let listener = shared.room.listen();
                    self.stage = shared.offer(*record).stage;
                    if let Stage::Waiting { room, .. } = &mut self.stage {
                        *room = Some(listener);
                    }
                }
                other => {
                    self.stage = other;
                    return Poll::Ready(());
                }
            }
        }
    }
}

impl Future for Delivery {
    type Output = Result<Delivered, DeliveryError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        ready!(this.poll_room(cx));
        match std::mem::replace(&mut this.stage, Stage::Over) {
            Stage::Sent(slot) => {
                let Poll::Ready(report) = slot.poll(cx) else {
                    this.stage = Stage::Sent(slot);
                    return Poll::Pending;
                };
                Poll::Ready(match report.error {
                    Some(code) => Err(DeliveryError::Failed(code)),
                    None => Ok(Delivered {
                        partition: report.partition,
                        offset: report.offset,
                        timestamp: report.timestamp,
                    }),
                })
            }
            Stage::Refused(error) => Poll::Ready(Err(error)),
            Stage::Waiting { .. } => unreachable!("it waits no more"),
            Stage::Over => panic!("a delivery is polled after it has completed"),
        }
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery").finish_non_exhaustive()
    }
}
