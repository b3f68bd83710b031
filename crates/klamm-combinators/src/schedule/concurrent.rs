//! Handlers that run at once, in lanes or without.

use std::{
    future::{Future, poll_fn},
    task::{Context, Poll},
};

use klamm_core::{
    Message,
    contract::{Commit, Feed},
};

use super::{lanes::Lanes, slots::Slots};
use crate::{
    IntoOutcome, OnPanic, Outcome, ProcessError,
    engine::{Ended, Engine, Failed, Fate, Held},
    error::Invalid,
    tracker::Ticket,
};

/// A schedule that runs handlers at once.
#[expect(private_bounds, reason = "the schedules are those of this crate")]
pub trait Concurrent: Rules {}

impl<K: Rules> Concurrent for K {}

/// How many handlers run at once, and which messages wait for each other.
pub(crate) trait Rules {
    /// Whether messages can wait for each other at all.
    const ORDERED: bool;

    /// Says why it cannot work.
    fn check(&self) -> Result<(), Invalid>;

    /// Returns how many handlers run at once; as many as there are lanes if it is `None`.
    fn at_once(&self) -> Option<usize>;

    /// Returns the lane of a message: of one lane, one runs at a time. Without a lane it waits for no other.
    fn lane(&self, message: &impl Message) -> Option<u64>;
}

/// What a handler came to.
pub(crate) type Handled<E> = Result<Outcome, Failed<E>>;

/// A handler that waits: its message, and its lane.
#[derive(Clone, Copy)]
struct Running {
    held: Held,
    lane: Option<u64>,
}

/// A message that waits for its turn.
struct Waiting<M> {
    message: M,
    held: Held,
}

/// Hands the messages of a pipeline to `handle` as `rules` say, until it stops.
pub(crate) async fn run<C, F, K, H, Fut, O, E>(
    engine: Engine<C, F>,
    rules: K,
    on_panic: OnPanic,
    handle: H,
) -> Ended<E>
where
    C: Commit,
    F: Feed<Message: Message>,
    K: Rules,
    H: Fn(F::Message) -> Fut,
    Fut: Future<Output = Result<O, E>>,
    O: IntoOutcome,
{
    let slots = Slots::new(rules.at_once(), on_panic, &handle);
    let mut runner = Runner { engine, rules, handle, slots, lanes: Lanes::new(), failed: None };
    poll_fn(|cx| runner.poll(cx)).await;
    let Runner { engine, failed, .. } = runner;
    engine.finish(failed).await
}

/// What runs and what waits.
struct Runner<C, F, K, H, Fut, E>
where
    C: Commit,
    F: Feed,
{
    // Dropped before the engine, which then gives back what was not done.
    slots: Slots<Fut, Running>,
    lanes: Lanes<Waiting<F::Message>>,
    engine: Engine<C, F>,
    rules: K,
    handle: H,
    failed: Option<ProcessError<E>>,
}

/// Why no more messages were taken for now.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Taken {
    /// None comes; the engine has looked after everything else too.
    Idle,
    /// As many are under way as may be.
    Full,
    /// Nothing more is started.
    Over,
}

impl<C, F, K, H, Fut, O, E> Runner<C, F, K, H, Fut, E>
where
    C: Commit,
    F: Feed<Message: Message>,
    K: Rules,
    H: Fn(F::Message) -> Fut,
    Fut: Future<Output = Result<O, E>>,
    O: IntoOutcome,
{
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.slots.begin(cx);
        // Before a handler that is done makes room for the next of its lane: that may not be started any more.
        self.engine.tend(cx);
        self.clear_away();
        loop {
            while let Some((running, handled)) = self.slots.poll_due() {
                self.finished(running, handled);
            }
            let taken = self.take_messages(cx);
            if taken == Taken::Over && self.slots.is_empty() {
                return Poll::Ready(());
            }
            if taken != Taken::Idle {
                self.engine.poll_meanwhile(cx);
            }
            let is_changed = self.clear_away();
            let is_over = self.engine.is_stopping() && self.slots.is_empty();
            if !is_changed && !is_over {
                return Poll::Pending;
            }
        }
    }

    /// Takes messages for as long as there are some, and places for them.
    #[inline]
    fn take_messages(&mut self, cx: &mut Context<'_>) -> Taken {
        while self.slots.has_free() && self.engine.has_credit() {
            if self.run_in_hand() {
                continue;
            }
            match self.engine.poll_next(cx) {
                Poll::Ready(Some((message, ticket))) => self.take(message, ticket),
                Poll::Ready(None) => return Taken::Over,
                Poll::Pending => return Taken::Idle,
            }
        }
        if self.engine.is_stopping() { Taken::Over } else { Taken::Full }
    }

    /// Starts the messages in hand for as long as they are done at once: nothing of their partition is under way then, so
    /// that they wait for no other. Returns whether one is not.
    #[inline]
    fn run_in_hand(&mut self) -> bool {
        let Self { engine, rules, handle, slots, .. } = self;
        let place = slots.free_place();
        while let Some(message) = engine.next_in_hand() {
            let (lane, bytes) = (rules.lane(&message), size(&message));
            match place.start(handle(message)) {
                Poll::Ready(Ok(outcome)) => engine.settle_in_hand(outcome),
                other => {
                    self.came_to_wait(lane, bytes, other);
                    return true;
                }
            }
        }
        false
    }

    /// A message in hand is not done at once.
    #[cold]
    fn came_to_wait(&mut self, lane: Option<u64>, bytes: usize, handled: Poll<Handled<E>>) {
        let ticket = self.engine.admit_in_hand();
        match handled {
            Poll::Ready(handled) => {
                self.handled(ticket, handled);
            }
            Poll::Pending => self.keep(ticket, lane, bytes),
        }
    }

    /// Takes a message that was not in hand.
    #[inline]
    fn take(&mut self, message: F::Message, ticket: Ticket) {
        let lane = self.rules.lane(&message);
        if K::ORDERED && lane.is_some_and(|lane| self.lanes.is_busy(lane)) {
            let held = self.engine.hold_message(ticket, size(&message));
            self.lanes.wait(lane.unwrap_or_default(), Waiting { message, held });
            return;
        }
        let bytes = size(&message);
        match self.slots.free_place().start((self.handle)(message)) {
            Poll::Ready(handled) => {
                self.handled(ticket, handled);
            }
            Poll::Pending => self.keep(ticket, lane, bytes),
        }
    }

    /// Keeps the handler that was started last, and waits.
    #[inline]
    fn keep(&mut self, ticket: Ticket, lane: Option<u64>, bytes: usize) {
        let held = self.engine.hold_message(ticket, bytes);
        self.engine.start(held);
        self.slots.keep(Running { held, lane });
        if let Some(lane) = lane.filter(|_| K::ORDERED) {
            self.lanes.occupy(lane);
        }
    }

    /// A handler that has waited is done: the next of its lane may start.
    fn finished(&mut self, running: Running, handled: Handled<E>) {
        self.engine.stop(running.held);
        let is_fine = self.handled(running.held.ticket, handled);
        self.go_on(running.lane, is_fine);
    }

    /// Says what came of a message. Returns whether it is done.
    #[inline]
    fn handled(&mut self, ticket: Ticket, handled: Handled<E>) -> bool {
        match handled {
            Ok(outcome) => {
                self.engine.settle(ticket, outcome);
                true
            }
            Err(failed) => {
                let failed = self.engine.fail(ticket, failed);
                self.failed = self.failed.take().or(failed);
                self.discard();
                false
            }
        }
    }

    /// Starts the next message of a lane, and those behind it for as long as they are done at once. Behind one that is not
    /// done nothing may be started.
    fn go_on(&mut self, lane: Option<u64>, mut is_fine: bool) {
        let Some(lane) = lane.filter(|_| K::ORDERED) else { return };
        while let Some(Waiting { message, held }) = self.lanes.next(lane) {
            if !is_fine || self.engine.fate(held.ticket.epoch) == Fate::Never {
                self.engine.discard(held);
                continue;
            }
            match self.slots.free_place().start((self.handle)(message)) {
                Poll::Ready(handled) => {
                    self.engine.discard(held);
                    is_fine = self.handled(held.ticket, handled);
                }
                Poll::Pending => {
                    self.engine.start(held);
                    self.slots.keep(Running { held, lane: Some(lane) });
                    return;
                }
            }
        }
    }

    /// Discards what waits and is not to be started, and drops the handlers whose partition is gone. Returns whether there
    /// was something to drop.
    fn clear_away(&mut self) -> bool {
        self.discard();
        if !self.engine.must_drop() {
            return false;
        }
        let engine = &self.engine;
        for Running { held, lane } in self.slots.drop_where(|it| engine.is_over(it.held.ticket.epoch)) {
            self.engine.stop(held);
            self.engine.abandon();
            self.go_on(lane, false);
        }
        self.engine.have_dropped();
        true
    }

    /// Discards what waits and is not to be started.
    fn discard(&mut self) {
        let Self { engine, lanes, slots, .. } = self;
        if !engine.take_must_discard() {
            return;
        }
        let discarded = lanes.discard(|waiting| {
            let Ticket { epoch, sequence } = waiting.held.ticket;
            match engine.fate(epoch) {
                Fate::InTurn => true,
                Fate::Never => false,
                Fate::ToFillGaps => {
                    let started = slots.kept().map(|running| running.held.ticket);
                    let started = started.filter(|it| it.epoch == epoch).map(|it| it.sequence);
                    started.chain(engine.last_done(epoch)).any(|last| sequence < last)
                }
            }
        });
        for waiting in discarded {
            engine.discard(waiting.held);
        }
    }
}

/// Returns how many bytes a message counts for.
#[inline]
pub(crate) fn size(message: &impl Message) -> usize {
    message.key().map_or(0, <[u8]>::len) + message.payload().map_or(0, <[u8]>::len)
}
