//! A record that waits for room.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use super::{DeliveryError, Sent};
use crate::{Record, producer::Returns};

/// A record that waits for room, and what has become of it when it does no more.
pub(crate) struct Waiting {
    state: Mutex<State>,
    returns: Arc<Returns>,
}

#[derive(Debug)]
enum State {
    /// It is in line.
    InLine(Box<Record>, Option<Waker>),
    /// It has left the line.
    Left(LeftLine),
    /// Its delivery knows, or is gone.
    Over,
}

/// What has become of a record that has left the line: librdkafka has it, or it will not be sent.
pub(crate) type LeftLine = Result<Sent, DeliveryError>;

/// What a record is found as that nobody wants to wait any more.
pub(crate) enum Found {
    /// It was in line, and is not any more.
    InLine(Box<Record>),
    /// It had left before.
    Left(LeftLine),
}

/// Whether a record has left the line.
pub(crate) enum Leaving {
    /// Whom to wake, and whether it is sent.
    Yes { waker: Option<Waker>, is_sent: bool },
    /// It had gone already.
    Gone,
    /// There is no room.
    NoRoom,
}

impl Waiting {
    pub(crate) fn new(record: Box<Record>, returns: Arc<Returns>) -> Self {
        Self { state: Mutex::new(State::InLine(record, None)), returns }
    }

    /// Returns where it is reported what nobody waits for.
    pub(crate) fn returns(&self) -> &Arc<Returns> {
        &self.returns
    }

    /// Has `offer` take the record out of the line, unless nobody wants it sent any more. A record that comes back stays.
    pub(crate) fn leave(&self, offer: impl FnOnce(Box<Record>) -> Result<LeftLine, Box<Record>>) -> Leaving {
        let mut state = self.lock();
        match std::mem::replace(&mut *state, State::Over) {
            State::InLine(record, waker) => match offer(record) {
                Ok(left) => {
                    let is_sent = left.is_ok();
                    *state = State::Left(left);
                    Leaving::Yes { waker, is_sent }
                }
                Err(record) => {
                    *state = State::InLine(record, waker);
                    Leaving::NoRoom
                }
            },
            other => {
                *state = other;
                Leaving::Gone
            }
        }
    }

    /// Completes when the record has left the line. It is told once.
    pub(crate) fn poll_left(&self, cx: &Context<'_>) -> Poll<LeftLine> {
        // A waker's code runs where nothing is locked.
        let mut waker = Some(cx.waker().clone());
        let mut state = self.lock();
        match &mut *state {
            State::InLine(_, place) => std::mem::swap(place, &mut waker),
            State::Left(_) | State::Over => {
                let State::Left(left) = std::mem::replace(&mut *state, State::Over) else {
                    unreachable!("its delivery knows")
                };
                return Poll::Ready(left);
            }
        }
        drop(state);
        drop(waker);
        Poll::Pending
    }

    /// Takes the record out of the line, or what has become of it.
    pub(crate) fn take(&self) -> Found {
        let before = std::mem::replace(&mut *self.lock(), State::Over);
        match before {
            State::InLine(record, _) => Found::InLine(record),
            State::Left(left) => Found::Left(left),
            State::Over => unreachable!("its delivery knows"),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
