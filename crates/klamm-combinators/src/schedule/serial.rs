//! One message at a time.

use std::{
    future::{Future, poll_fn},
    mem,
    pin::Pin,
    task::{Context, Poll},
};

use klamm_core::{Message, contract::Feed};

use super::Handled;
use crate::{
    IntoOutcome, OnPanic, ProcessError,
    committer::Commits,
    engine::{Ended, Engine, Failed},
    tracker::Ticket,
};

/// One message at a time: the schedule of a pipeline that was given no other.
#[derive(Clone, Copy, Debug)]
pub struct Serial;

/// A pipeline that handles one message after the other.
pub(crate) struct Line<C: Commits, F: Feed, E> {
    engine: Engine<C, F>,
    /// The place of the message that was taken last and was not in hand.
    ticket: Option<Ticket>,
    failed: Option<ProcessError<E>>,
}

/// What a first look at the handler of a message in hand says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InHand {
    /// It is done; what it came to is noted.
    Handled,
    Waits,
}

impl<C: Commits, F: Feed<Message: Message>, E> Line<C, F, E> {
    pub(crate) fn new(engine: Engine<C, F>) -> Self {
        Self { engine, ticket: None, failed: None }
    }

    /// Returns the next message to be handled, or `None` if no more are taken.
    pub(crate) async fn next(&mut self) -> Option<F::Message> {
        let (message, ticket) = poll_fn(|cx| self.engine.poll_next(cx)).await?;
        self.ticket = Some(ticket);
        Some(message)
    }

    /// Handles the message that [`next`](Self::next) has returned, of so many bytes.
    pub(crate) async fn handle<H>(&mut self, bytes: usize, mut handler: H)
    where
        H: Future<Output = Handled<E>> + Unpin,
    {
        let ticket = self.ticket.take().expect("a message was taken");
        match poll_fn(|cx| Poll::Ready(Pin::new(&mut handler).poll(cx))).await {
            Poll::Ready(handled) => self.handled(ticket, handled),
            Poll::Pending => self.see_through(ticket, bytes, handler).await,
        }
    }

    /// Returns the next message if it is in hand, and nothing else is to be done before it; as `made` of it.
    #[expect(clippy::inline_always, reason = "a call costs as much as what it does, for each message")]
    #[inline(always)]
    pub(crate) fn next_in_hand<R>(&mut self, made: impl FnOnce(F::Message) -> R) -> Option<R> {
        self.engine.next_in_hand().map(made)
    }

    /// Looks at the handler of the message that [`next_in_hand`](Self::next_in_hand) has returned.
    #[expect(clippy::inline_always, reason = "a call costs as much as what it does, for each message")]
    #[inline(always)]
    pub(crate) fn poll_in_hand<H, O>(
        &mut self,
        on_panic: OnPanic,
        handler: Pin<&mut H>,
        cx: &mut Context<'_>,
    ) -> Poll<InHand>
    where
        H: Future<Output = Result<O, E>>,
        O: IntoOutcome,
    {
        match on_panic.poll(handler, cx) {
            Poll::Ready(Ok(said)) => self.engine.settle_in_hand(said.into_outcome()),
            Poll::Ready(Err(failed)) => self.failed_in_hand(failed),
            Poll::Pending => return Poll::Ready(InHand::Waits),
        }
        Poll::Ready(InHand::Handled)
    }

    /// Sees the message in hand through, of so many bytes, whose handler waits.
    #[cold]
    pub(crate) async fn see_through_in_hand<H>(&mut self, bytes: usize, handler: H)
    where
        H: Future<Output = Handled<E>> + Unpin,
    {
        let ticket = self.engine.admit_in_hand();
        self.see_through(ticket, bytes, handler).await;
    }

    /// Sees a message through, of so many bytes, whose handler waits; unless the handler is to be dropped before.
    async fn see_through<H>(&mut self, ticket: Ticket, bytes: usize, mut handler: H)
    where
        H: Future<Output = Handled<E>> + Unpin,
    {
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
            Some(handled) => self.handled(ticket, handled),
            None => engine.abandon(),
        }
        if self.engine.must_drop() {
            self.engine.have_dropped();
        }
    }

    /// Notes what came of a message that has a place.
    fn handled(&mut self, ticket: Ticket, handled: Handled<E>) {
        match handled {
            Ok(outcome) => self.engine.settle(ticket, outcome),
            Err(error) => self.failed = self.failed.take().or(self.engine.fail(ticket, error)),
        }
    }

    #[cold]
    fn failed_in_hand(&mut self, failed: Failed<E>) {
        let ticket = self.engine.admit_in_hand();
        self.handled(ticket, Err(failed));
    }

    /// Commits what is done.
    pub(crate) async fn finish(self) -> Ended<E> {
        self.engine.finish(self.failed).await
    }
}
