//! One message at a time.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

use klamm_core::{
    Message,
    contract::{Commit, Feed},
};

use super::Handled;
use crate::{
    ProcessError,
    engine::{Ended, Engine},
    tracker::Ticket,
};

/// One message at a time: the schedule of a pipeline that was given no other.
#[derive(Clone, Copy, Debug)]
pub struct Serial;

/// A pipeline that handles one message after the other.
pub(crate) struct Line<C: Commit, F: Feed, E> {
    engine: Engine<C, F>,
    failed: Option<ProcessError<E>>,
}

impl<C: Commit, F: Feed<Message: Message>, E> Line<C, F, E> {
    pub(crate) fn new(engine: Engine<C, F>) -> Self {
        Self { engine, failed: None }
    }

    /// Returns the next message to be handled, or `None` if no more are taken.
    #[inline]
    pub(crate) async fn next(&mut self) -> Option<(F::Message, Ticket)> {
        poll_fn(|cx| self.engine.poll_next(cx)).await
    }

    /// Sees a message of so many bytes through, whose handler this is, unless the handler is to be dropped before.
    #[inline]
    pub(crate) async fn see_through<H>(&mut self, bytes: usize, ticket: Ticket, handler: H)
    where
        H: Future<Output = Handled<E>>,
    {
        let Self { engine, failed } = self;
        let mut handler = pin!(handler);
        let mut held = None;
        let handled = poll_fn(|cx| {
            if let Poll::Ready(handled) = handler.as_mut().poll(cx) {
                return Poll::Ready(Some(handled));
            }
            if held.is_none() {
                let message = engine.hold_message(ticket, bytes);
                engine.start(message);
                held = Some(message);
            }
            engine.poll_meanwhile(cx);
            if engine.is_over(ticket.epoch) { Poll::Ready(None) } else { Poll::Pending }
        })
        .await;
        if let Some(held) = held {
            engine.stop(held);
        }
        match handled {
            Some(Ok(outcome)) => engine.settle(ticket, outcome),
            None => engine.abandon(),
            Some(Err(error)) => *failed = failed.take().or(engine.fail(ticket, error)),
        }
        if engine.must_drop() {
            engine.have_dropped();
        }
    }

    /// Commits what is done.
    pub(crate) async fn finish(self) -> Ended<E> {
        self.engine.finish(self.failed).await
    }
}
