//! One message at a time.

use std::{
    future::{Future, poll_fn},
    mem,
    pin::Pin,
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
    /// The place of the message that was taken last, if it was not in hand.
    ticket: Option<Ticket>,
    failed: Option<ProcessError<E>>,
}

impl<C: Commit, F: Feed<Message: Message>, E> Line<C, F, E> {
    pub(crate) fn new(engine: Engine<C, F>) -> Self {
        Self { engine, ticket: None, failed: None }
    }

    /// Returns the next message to be handled, or `None` if no more are taken.
    pub(crate) async fn next(&mut self) -> Option<F::Message> {
        let (message, ticket) = poll_fn(|cx| self.engine.poll_next(cx)).await?;
        self.ticket = Some(ticket);
        Some(message)
    }

    /// Returns the next message if it is in hand, and nothing else is to be done before it.
    #[expect(clippy::inline_always, reason = "a call costs as much as what it does, for each message")]
    #[inline(always)]
    pub(crate) fn next_in_hand(&mut self) -> Option<F::Message> {
        self.engine.next_in_hand()
    }

    /// Sees a message through, of so many bytes, whose handler waits; unless the handler is to be dropped before.
    #[cold]
    pub(crate) async fn see_through<H>(&mut self, bytes: usize, mut handler: H)
    where
        H: Future<Output = Handled<E>> + Unpin,
    {
        let ticket = self.take_ticket();
        let engine = &mut self.engine;
        let held = engine.hold_message(ticket, bytes);
        engine.start(held);
        let mut is_first = true;
        let handled = poll_fn(|cx| {
            // It was polled a moment ago, by the same task.
            if !mem::take(&mut is_first) {
                if let Poll::Ready(handled) = Pin::new(&mut handler).poll(cx) {
                    return Poll::Ready(Some(handled));
                }
            }
            engine.poll_meanwhile(cx);
            if engine.is_over(ticket.epoch) { Poll::Ready(None) } else { Poll::Pending }
        })
        .await;
        engine.stop(held);
        match handled {
            Some(handled) => self.handled_later(ticket, handled),
            None => engine.abandon(),
        }
        if self.engine.must_drop() {
            self.engine.have_dropped();
        }
    }

    /// Notes what came of a message at once.
    #[expect(clippy::inline_always, reason = "a call costs as much as what it does, for each message")]
    #[inline(always)]
    pub(crate) fn handled(&mut self, handled: Handled<E>) {
        match handled {
            Ok(outcome) if self.engine.has_in_hand() => self.engine.settle_in_hand(outcome),
            handled => {
                let ticket = self.take_ticket();
                self.handled_later(ticket, handled);
            }
        }
    }

    /// Notes what came of a message that has a place.
    #[inline(never)]
    fn handled_later(&mut self, ticket: Ticket, handled: Handled<E>) {
        match handled {
            Ok(outcome) => self.engine.settle(ticket, outcome),
            Err(error) => self.failed = self.failed.take().or(self.engine.fail(ticket, error)),
        }
    }

    /// Returns the place of the message that was taken last.
    fn take_ticket(&mut self) -> Ticket {
        let in_hand = self.engine.admit_in_hand();
        in_hand.or(self.ticket.take()).expect("a message was taken")
    }

    /// Commits what is done.
    pub(crate) async fn finish(self) -> Ended<E> {
        self.engine.finish(self.failed).await
    }
}

/// Polls a handler once, when the task is polled.
#[inline]
pub(crate) fn poll_once<H: Future + Unpin>(handler: &mut H) -> impl Future<Output = Poll<H::Output>> {
    poll_fn(move |cx| Poll::Ready(Pin::new(&mut *handler).poll(cx)))
}
