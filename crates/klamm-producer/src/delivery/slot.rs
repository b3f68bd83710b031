//! Where a record's outcome is put.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use super::{Delivered, DeliveryError};
use crate::{Record, producer::Returns};

/// What became of a record.
pub(crate) type Outcome = Result<Delivered, DeliveryError>;

/// Where a record's outcome is put, and where the record is while there is no room for it.
pub(crate) struct Slot {
    state: Mutex<State>,
    returns: Arc<Returns>,
}

#[derive(Debug)]
enum State {
    /// The record is in line.
    InLine(Box<Record>, Option<Waker>),
    /// librdkafka has the record.
    Sent(Option<Waker>),
    /// Nobody wants to hear of it.
    Abandoned,
    /// The outcome is there.
    Done(Outcome),
    /// It is being handed over.
    Leaving,
}

impl Default for State {
    fn default() -> Self {
        Self::Sent(None)
    }
}

/// Whether a record has left the line.
#[derive(Debug)]
pub(crate) enum LeftLine {
    /// Whom to wake.
    Yes(Option<Waker>),
    NoRoom,
}

/// What is left of a record whose delivery nobody waits for any more.
#[derive(Debug)]
pub(crate) enum Left {
    /// It was in line, and is not any more.
    InLine(Box<Record>),
    /// librdkafka has it.
    Sent,
    /// It was not delivered, which nobody has heard.
    Unheard(DeliveryError),
    /// Nothing.
    Nothing,
}

impl Slot {
    pub(crate) fn new(returns: Arc<Returns>) -> Self {
        Self { state: Mutex::default(), returns }
    }

    /// Returns where the slot is given back.
    pub(crate) fn returns(&self) -> &Arc<Returns> {
        &self.returns
    }

    /// Puts the record in, for which there is no room.
    pub(crate) fn put_in_line(&self, record: Box<Record>) {
        *self.lock() = State::InLine(record, None);
    }

    /// Has `offer` take the record out of the line, unless nobody wants it sent any more, and returns whom to
    /// wake. A record that comes back stays in line.
    pub(crate) fn leave_line(&self, offer: impl FnOnce(Box<Record>) -> Result<(), Box<Record>>) -> LeftLine {
        let mut state = self.lock();
        match std::mem::replace(&mut *state, State::Leaving) {
            State::InLine(record, waker) => match offer(record) {
                Ok(()) => {
                    *state = State::Sent(waker.clone());
                    LeftLine::Yes(waker)
                }
                Err(record) => {
                    *state = State::InLine(record, waker);
                    LeftLine::NoRoom
                }
            },
            other => {
                *state = other;
                LeftLine::Yes(None)
            }
        }
    }

    /// Completes when the record is not in line any more.
    pub(crate) fn poll_handed_over(&self, cx: &Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        let State::InLine(_, waker) = &mut *state else { return Poll::Ready(()) };
        if waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            return Poll::Pending;
        }
        let before = waker.replace(cx.waker().clone());
        // A waker's code runs where nothing is locked.
        drop(state);
        drop(before);
        Poll::Pending
    }

    /// Takes the record out of the line for good, unless nobody wants it sent any more; its outcome is to follow.
    pub(crate) fn leave_closed(&self) -> Option<Box<Record>> {
        let mut state = self.lock();
        match std::mem::replace(&mut *state, State::Leaving) {
            State::InLine(record, waker) => {
                *state = State::Sent(waker);
                Some(record)
            }
            other => {
                *state = other;
                None
            }
        }
    }

    /// Puts the outcome in, and returns whom to wake; the outcome if nobody wants to hear it, and then the slot is ready for
    /// another record.
    pub(crate) fn fill(&self, outcome: Outcome) -> Result<Option<Waker>, Outcome> {
        let mut state = self.lock();
        match std::mem::take(&mut *state) {
            State::Abandoned => Err(outcome),
            State::Sent(waker) | State::InLine(_, waker) => {
                *state = State::Done(outcome);
                Ok(waker)
            }
            State::Done(_) | State::Leaving => unreachable!("a record has one outcome"),
        }
    }

    /// Returns the outcome, after which the slot is ready for another record; or has the task woken when it is there.
    pub(crate) fn poll(&self, cx: &Context<'_>) -> Poll<Outcome> {
        let mut state = self.lock();
        let before = match &mut *state {
            State::InLine(_, waker) | State::Sent(waker) => match waker {
                Some(waker) if waker.will_wake(cx.waker()) => return Poll::Pending,
                _ => waker.replace(cx.waker().clone()),
            },
            State::Done(_) => {
                let State::Done(outcome) = std::mem::take(&mut *state) else {
                    unreachable!("it was looked at just now")
                };
                return Poll::Ready(outcome);
            }
            State::Abandoned | State::Leaving => unreachable!("its delivery is gone"),
        };
        // A waker's code runs where nothing is locked.
        drop(state);
        drop(before);
        Poll::Pending
    }

    /// Takes the record out of the line, if it is still there.
    pub(crate) fn take_back(&self) -> Option<Box<Record>> {
        let mut state = self.lock();
        if !matches!(*state, State::InLine(..)) {
            return None;
        }
        match std::mem::replace(&mut *state, State::Abandoned) {
            State::InLine(record, waker) => {
                drop(state);
                drop(waker);
                Some(record)
            }
            _ => unreachable!("it was looked at just now"),
        }
    }

    /// Notes that nobody waits any more, and returns what is left to be done with the record.
    pub(crate) fn abandon(&self) -> Left {
        let before = std::mem::replace(&mut *self.lock(), State::Abandoned);
        match before {
            State::InLine(record, _) => Left::InLine(record),
            State::Sent(_) => Left::Sent,
            State::Done(Err(error)) => Left::Unheard(error),
            State::Done(Ok(_)) | State::Abandoned | State::Leaving => Left::Nothing,
        }
    }

    /// Makes the slot ready for another record.
    pub(crate) fn reset(&self) {
        *self.lock() = State::default();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
