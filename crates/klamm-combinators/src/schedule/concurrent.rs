//! Handlers that run at once, in lanes or without.

use std::{
    future::{Future, poll_fn},
    task::{Context, Poll},
};

use klamm_core::{Message, contract::Feed};

use super::{
    lanes::Lanes,
    rules::Rules,
    slots::Slots,
    tail::{CameTo, Said, Tailed, Tails},
};
use crate::{
    IntoOutcome, OnPanic, Outcome, ProcessError,
    committer::Commits,
    engine::{Ended, Engine, Failed, Fate, Held},
    tracker::Ticket,
};

/// What a handler came to.
pub(crate) type Handled<E> = Result<Outcome, Failed<E>>;

/// What may be left of a message after its handler.
type TailOf<Fut, E> = <<Fut as Future>::Output as Said<E>>::Tail;

/// A handler that waits: its message, and its lane.
#[derive(Clone, Copy)]
pub(super) struct Running {
    pub(super) held: Held,
    pub(super) lane: Option<u64>,
}

/// A message that waits for its turn.
pub(super) struct Waiting<M> {
    message: M,
    pub(super) held: Held,
}

/// Hands the messages of a pipeline to `handle` as `rules` say, until it stops.
pub(crate) fn run<C, F, K, H, Fut, O, E>(
    engine: Engine<C, F>,
    rules: K,
    on_panic: OnPanic,
    handle: H,
) -> impl Future<Output = Ended<E>>
where
    C: Commits,
    F: Feed<Message: Message>,
    K: Rules,
    H: Fn(F::Message) -> Fut,
    Fut: Future<Output = Result<O, E>>,
    O: IntoOutcome,
{
    // Not awaited here: the engine is large, and would have a place in both futures.
    run_with_tails(engine, rules, move |message| on_panic.guard(handle(message)), || {})
}

/// As [`run`], where something may be left of messages, and hurries when `hurry` is called.
pub(crate) async fn run_with_tails<C, F, K, H, Fut, U, E>(
    engine: Engine<C, F>,
    rules: K,
    handle: H,
    hurry: U,
) -> Ended<E>
where
    C: Commits,
    F: Feed<Message: Message>,
    K: Rules,
    H: Fn(F::Message) -> Fut,
    Fut: Future<Output: Said<E>>,
    U: Fn(),
{
    let slots = Slots::new(rules.at_once(), &handle);
    let (lanes, tails) = (Lanes::new(), Tails::new(hurry));
    let mut runner = Runner { slots, tails, lanes, engine, rules, handle, failed: None };
    poll_fn(|cx| runner.poll(cx)).await;
    let Runner { engine, failed, .. } = runner;
    // Once for each pipeline: the engine is large, and would have a second place in the future.
    Box::pin(engine.finish(failed)).await
}

/// What runs and what waits.
pub(super) struct Runner<C, F, K, H, Fut, U, E>
where
    C: Commits,
    F: Feed,
    Fut: Future<Output: Said<E>>,
{
    // Dropped before the engine, which then gives back what was not done.
    pub(super) slots: Slots<Fut, Running>,
    pub(super) tails: Tails<TailOf<Fut, E>, U>,
    pub(super) lanes: Lanes<Waiting<F::Message>>,
    pub(super) engine: Engine<C, F>,
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

impl<C, F, K, H, Fut, U, E> Runner<C, F, K, H, Fut, U, E>
where
    C: Commits,
    F: Feed<Message: Message>,
    K: Rules,
    H: Fn(F::Message) -> Fut,
    Fut: Future<Output: Said<E>>,
    U: Fn(),
{
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.slots.begin(cx);
        self.tails.begin(cx);
        // Before a handler that is done makes room for the next of its lane: that may not be started any more.
        self.engine.tend(cx);
        self.clear_away();
        loop {
            while let Some((of, ended)) = self.tails.poll_due() {
                self.tail_ended(of, ended);
            }
            while let Some((running, said)) = self.slots.poll_due() {
                self.finished(running, said);
            }
            let taken = self.take_messages(cx);
            if taken == Taken::Over && self.is_empty() {
                return Poll::Ready(());
            }
            if taken != Taken::Idle {
                self.engine.poll_meanwhile(cx);
            }
            let is_changed = self.clear_away();
            let is_over = self.engine.is_stopping() && self.is_empty();
            if !is_changed && !is_over {
                if self.engine.is_waited_for() {
                    self.tails.hurry();
                }
                return Poll::Pending;
            }
        }
    }

    /// Tells whether nothing that was started is waited for.
    fn is_empty(&self) -> bool {
        self.slots.is_empty() && self.tails.is_empty()
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
            match place.start(handle(message)).map(Said::came_to) {
                Poll::Ready(CameTo::Handled(Ok(outcome))) => engine.settle_in_hand(outcome),
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
    fn came_to_wait(&mut self, lane: Option<u64>, bytes: usize, came_to: Poll<CameTo<TailOf<Fut, E>, E>>) {
        let ticket = self.engine.admit_in_hand();
        self.started(ticket, lane, bytes, came_to);
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
        let came_to = self.slots.free_place().start((self.handle)(message)).map(Said::came_to);
        self.started(ticket, lane, bytes, came_to);
    }

    /// Goes on with a message that was started just now.
    #[inline]
    fn started(
        &mut self,
        ticket: Ticket,
        lane: Option<u64>,
        bytes: usize,
        came_to: Poll<CameTo<TailOf<Fut, E>, E>>,
    ) {
        match came_to {
            Poll::Ready(CameTo::Handled(handled)) => {
                self.handled(ticket, handled);
            }
            Poll::Ready(CameTo::Tail(outcome, tail)) => {
                let held = self.engine.hold_message(ticket, bytes);
                self.engine.start(held);
                self.wait_for(tail, Tailed { held, outcome });
            }
            Poll::Pending => {
                let held = self.engine.hold_message(ticket, bytes);
                self.engine.start(held);
                self.slots.keep(Running { held, lane });
                if let Some(lane) = lane.filter(|_| K::ORDERED) {
                    self.lanes.occupy(lane);
                }
            }
        }
    }

    /// A handler that has waited is done: the next of its lane may start.
    fn finished(&mut self, running: Running, said: Fut::Output) {
        let held = running.held;
        let is_fine = match said.came_to() {
            CameTo::Handled(handled) => {
                self.engine.stop(held);
                self.handled(held.ticket, handled)
            }
            CameTo::Tail(outcome, tail) => {
                self.wait_for(tail, Tailed { held, outcome });
                true
            }
        };
        self.go_on(running.lane, is_fine);
    }

    /// Waits for what is left of a message, which stays started meanwhile.
    fn wait_for(&mut self, tail: TailOf<Fut, E>, of: Tailed) {
        if let Poll::Ready(ended) = self.tails.add(tail, of) {
            self.tail_ended(of, ended);
        }
    }

    /// Nothing is left of a message any more.
    fn tail_ended(&mut self, of: Tailed, ended: Result<(), Failed<E>>) {
        self.engine.stop(of.held);
        self.handled(of.held.ticket, ended.map(|()| of.outcome));
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
    pub(super) fn go_on(&mut self, lane: Option<u64>, mut is_fine: bool) {
        let Some(lane) = lane.filter(|_| K::ORDERED) else { return };
        while let Some(Waiting { message, held }) = self.lanes.next(lane) {
            if !is_fine || self.engine.fate(held.ticket.epoch) == Fate::Never {
                self.engine.discard(held);
                continue;
            }
            match self.slots.free_place().start((self.handle)(message)) {
                Poll::Ready(said) => match said.came_to() {
                    CameTo::Handled(handled) => {
                        self.engine.discard(held);
                        is_fine = self.handled(held.ticket, handled);
                    }
                    CameTo::Tail(outcome, tail) => {
                        self.engine.start(held);
                        self.wait_for(tail, Tailed { held, outcome });
                    }
                },
                Poll::Pending => {
                    self.engine.start(held);
                    self.slots.keep(Running { held, lane: Some(lane) });
                    return;
                }
            }
        }
    }
}

/// Returns how many bytes a message counts for.
#[inline]
pub(crate) fn size(message: &impl Message) -> usize {
    message.key().map_or(0, <[u8]>::len) + message.payload().map_or(0, <[u8]>::len)
}
