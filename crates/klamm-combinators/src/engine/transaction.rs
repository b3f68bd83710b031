//! The transactions of a pipeline whose outputs and positions count together.

use std::{
    future::Future,
    mem,
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use klamm_core::{
    Epoch, Message, Position,
    contract::{ErrorClass, Feed, ProducerError},
};

use super::{ending::Failure, pipeline::Engine};
use crate::{committer::Commits, tracker::Window};

/// How long after the first of several aborts the next transaction is begun; each time twice as long as the last.
const AGAIN: Duration = Duration::from_millis(100);
/// As how many doublings of that it is 6.4 s, the longest.
const DOUBLINGS: u32 = 6;
/// How long transactions are aborted, and none is committed, before the pipeline stops.
const ABORT_LIMIT: Duration = Duration::from_secs(120);

/// The transaction of a pipeline: one at a time, `A` is what a call of it will answer.
///
/// Messages are taken while it is open. When it is to end, no more are; those that were taken are waited for; and it is
/// committed with their positions. If one of them is not done, although it, or one behind it, may have sent something, the
/// transaction is aborted, and everything that is not committed is delivered again.
pub(super) struct Transaction<A> {
    state: State<A>,
    /// The partitions are served, and not withheld until there is one that takes messages.
    is_served: bool,
    /// It is to end.
    is_closing: bool,
    /// It cannot be committed.
    is_spoilt: bool,
    /// What it has failed with, if that was its producer's fault.
    error: Option<ProducerError>,
    /// How many were aborted for such an error, one soon after the other and none committed between.
    failed: u32,
    /// When the first and the last of them were.
    failing: Option<(Instant, Instant)>,
}

enum State<A> {
    /// There is none.
    None,
    Beginning(A),
    Open,
    Aborting(A),
    /// The next is begun at this instant.
    Resting(Instant),
}

impl<A> Transaction<A> {
    pub(super) fn new() -> Self {
        Self {
            state: State::None,
            is_served: false,
            is_closing: false,
            is_spoilt: false,
            error: None,
            failed: 0,
            failing: None,
        }
    }

    /// Tells whether there is one that takes more messages.
    pub(super) fn takes_messages(&self) -> bool {
        matches!(self.state, State::Open) && !self.is_closing && !self.is_spoilt
    }

    /// Has it end, once those of its messages are done that were taken.
    pub(super) fn close(&mut self) {
        self.is_closing = true;
    }

    /// Tells whether the partitions are served, as far as it goes.
    pub(super) fn is_served(&self) -> bool {
        self.is_served
    }

    /// Returns when the next is begun, if that is to be waited for.
    fn rests_until(&self) -> Option<Instant> {
        if let State::Resting(at) = self.state { Some(at) } else { None }
    }

    /// Tells whether it is being aborted, or will be.
    fn is_being_aborted(&self) -> bool {
        matches!(self.state, State::Aborting(_)) || matches!(self.state, State::Open) && self.is_spoilt
    }

    /// Tells whether there is one, or was a moment ago.
    pub(super) fn may_be_open(&self) -> bool {
        !matches!(self.state, State::None | State::Resting(_))
    }

    /// It is committed, and there is none now.
    pub(super) fn committed(&mut self) {
        *self = Self { is_served: self.is_served, ..Self::new() };
    }

    /// It is aborted. Returns how long to rest, or what it has failed with if that goes on for too long.
    fn aborted(&mut self, now: Instant) -> Result<Duration, ProducerError> {
        (self.is_closing, self.is_spoilt) = (false, false);
        let Some(error) = self.error.take() else { return Ok(Duration::ZERO) };
        let in_a_row = self.failing.filter(|(_, last)| now - *last <= ABORT_LIMIT);
        if in_a_row.is_none() {
            self.failed = 0;
        }
        let (first, _) = in_a_row.unwrap_or((now, now));
        if now - first > ABORT_LIMIT {
            return Err(error);
        }
        self.failing = Some((first, now));
        let rest = AGAIN * (1 << self.failed.min(DOUBLINGS));
        self.failed += 1;
        Ok(rest)
    }
}

impl<C: Commits, F: Feed> Engine<C, F> {
    /// Tells whether a transaction is to end, and nothing more is taken before.
    pub(super) fn is_transaction_closing(&self) -> bool {
        C::TRANSACTIONAL && self.transaction.is_closing
    }

    /// Returns when the open transaction has taken as long as it may, from the first message on that is done.
    fn ends_by(&self) -> Option<Instant> {
        let is_open = matches!(self.transaction.state, State::Open) && !self.transaction.is_spoilt;
        self.committer.since().filter(|_| is_open)?.checked_add(self.policies.longest?)
    }

    /// Returns when something of the transaction is due: it has taken too long, or the next is begun.
    pub(super) fn transaction_due(&self) -> Option<Instant> {
        if !C::TRANSACTIONAL || self.committer.is_in_flight() {
            return None;
        }
        self.transaction.rests_until().or_else(|| self.ends_by())
    }

    /// Has the transaction aborted, if that is how the pipeline commits.
    pub(super) fn spoil(&mut self) {
        if C::TRANSACTIONAL {
            self.transaction.is_spoilt = true;
            self.is_due = true;
        }
    }

    /// Has the transaction aborted if something of these epochs is in it, which is not to be waited for, or cannot count.
    pub(super) fn spoil_with(&mut self, epochs: &[Epoch]) {
        let mut windows = epochs.iter().filter_map(|epoch| self.windows.get(*epoch));
        if windows.any(Window::has_uncommitted) {
            self.spoil();
        }
    }

    /// Withholds the partitions while no messages are to be taken, and serves them again when some are.
    fn serve_or_withhold(&mut self) {
        let takes = self.transaction.takes_messages();
        if takes == mem::replace(&mut self.transaction.is_served, takes) {
            return;
        }
        for window in self.windows.iter_mut().filter(|window| window.is_open()) {
            if takes {
                // All that was taken before is done.
                window.is_withheld = false;
                self.feed.serve(window.epoch());
            } else {
                self.feed.withhold(window.epoch());
            }
        }
    }

    /// Tells whether a transaction is to be aborted before the pipeline may end.
    pub(super) fn is_being_aborted(&self) -> bool {
        C::TRANSACTIONAL && self.transaction.is_being_aborted()
    }
}

impl<C: Commits, F: Feed<Message: Message>> Engine<C, F> {
    /// Gives a message back that was delivered although none is to be: of a partition that was assigned a moment ago.
    pub(super) fn comes_too_early(&mut self, message: &F::Message) -> bool {
        if self.windows.get(message.epoch()).is_none() {
            // What has come with its assignment may end the transaction.
            self.learn(message.epoch());
        }
        // Of one that is about to go, or has gone, nothing is taken, and nothing given back.
        let is_going = self.windows.get(message.epoch()).is_none_or(|window| !window.is_open());
        if is_going || self.transaction.takes_messages() {
            return false;
        }
        self.feed.rewind(message.epoch(), Position::at(message.offset()));
        true
    }

    /// Takes the steps that are due. Returns whether there were any.
    pub(super) fn advance_transaction(&mut self, cx: &mut Context<'_>) -> bool {
        let mut has_changed = false;
        while self.step(cx) {
            has_changed = true;
        }
        self.serve_or_withhold();
        has_changed
    }

    /// Takes one step, if one is due.
    fn step(&mut self, cx: &mut Context<'_>) -> bool {
        match &mut self.transaction.state {
            State::None => self.begin_transaction(),
            State::Resting(at) if self.is_stopping || *at <= self.feed.now() => {
                self.transaction.state = State::None;
                self.begin_transaction()
            }
            State::Resting(_) => false,
            State::Beginning(call) => {
                let Poll::Ready(answer) = Pin::new(call).poll(cx) else { return false };
                self.transaction.state = State::Open;
                if let Err(error) = answer {
                    self.transaction_failed(error);
                }
                true
            }
            State::Open => self.end_transaction(cx),
            State::Aborting(call) => {
                let Poll::Ready(answer) = Pin::new(call).poll(cx) else { return false };
                match answer.and_then(|()| self.aborted()) {
                    Ok(rest) => self.transaction.state = State::Resting(self.feed.now() + rest),
                    Err(error) => self.end_transactions(error),
                }
                true
            }
        }
    }

    /// Begins a transaction, unless nothing more is started.
    fn begin_transaction(&mut self) -> bool {
        if self.is_stopping {
            return false;
        }
        self.transaction.state = State::Beginning(self.commit.begin());
        true
    }

    /// Ends the open transaction if it is to end, and nothing of it is under way any more.
    fn end_transaction(&mut self, cx: &mut Context<'_>) -> bool {
        if self.committer.is_in_flight() {
            return false;
        }
        if self.ends_by().is_some_and(|at| at <= self.feed.now()) {
            let error = "a transaction was open for so long that its producer would soon give it up";
            self.transaction_failed(ProducerError::new(ErrorClass::Abort, error));
        }
        // What was started of a transaction that is aborted must not send anything in the next.
        if self.transaction.is_spoilt && self.credits.records() > 0 {
            self.is_cut = true;
            self.must_discard = true;
            return false;
        }
        self.transaction.is_closing |= self.committer.is_full() || self.is_stopping || !self.holds.is_empty();
        if !self.transaction.is_spoilt && (!self.transaction.is_closing || self.credits.records() > 0) {
            return false;
        }
        // One that is not done, and was not even started, with one behind it that is.
        let has_gap = self.windows.iter().any(|window| window.last_done().is_some());
        if self.transaction.is_spoilt || has_gap {
            self.transaction.state = State::Aborting(self.commit.abort());
            return true;
        }
        let has_sent = self.send(cx);
        if !has_sent {
            self.transaction.is_closing = false;
        }
        has_sent
    }

    /// Something of the transaction has failed that is not a message's fault.
    #[cold]
    pub(super) fn transaction_failed(&mut self, error: ProducerError) {
        if error.is_fatal() {
            self.end_transactions(error);
            return;
        }
        tracing::warn!(target: "klamm", %error, "a transaction is aborted, and its messages are handled again");
        self.spoil();
        self.transaction.error = Some(error);
    }

    /// The transaction is aborted. Returns how long to rest, or what it has failed with if that goes on for too long.
    fn aborted(&mut self) -> Result<Duration, ProducerError> {
        self.report.aborts += 1;
        if let Some(observer) = &mut self.policies.observer {
            observer.aborted(self.transaction.error.as_ref());
        }
        self.take_back();
        // A revoke may have waited for that.
        self.release_holds();
        self.transaction.aborted(self.feed.now())
    }

    /// There can be no more transactions: the pipeline stops.
    fn end_transactions(&mut self, error: ProducerError) {
        self.transaction.state = State::None;
        self.is_refused = true;
        self.is_cut = true;
        self.wind_down();
        self.failure.get_or_insert(Failure::Transaction(error));
    }

    /// Has the transaction aborted in which an output was not delivered, if its message may then be handled again.
    ///
    /// # Errors
    ///
    /// What the producer said, if it may not.
    pub(super) fn deliver_again(&mut self, error: ProducerError) -> Result<(), ProducerError> {
        let is_of_transaction = matches!(error.class(), ErrorClass::Abort | ErrorClass::Retriable);
        if !C::TRANSACTIONAL || !is_of_transaction {
            return Err(error);
        }
        self.transaction_failed(error);
        Ok(())
    }

    /// Has everything delivered again that is not committed.
    fn take_back(&mut self) {
        self.committer.nothing_to_send();
        for window in self.windows.iter_mut() {
            if let Some(position) = window.take_back() {
                self.feed.rewind(window.epoch(), position);
            }
        }
    }
}

impl<C: Commits, F: Feed> Engine<C, F> {
    /// Leaves no transaction open, and has everything delivered again that is not committed: for a pipeline that is dropped.
    pub(super) fn abandon_transaction(&mut self) {
        if self.transaction.may_be_open() {
            // Nothing, if its commit comes before.
            drop(self.commit.abort());
        }
        for window in self.windows.iter_mut() {
            let sent = window.in_doubt();
            let Some(position) = window.take_back() else { continue };
            match sent {
                Some(sent) => self.feed.rewind_unless_committed(window.epoch(), position, sent),
                None => self.feed.rewind(window.epoch(), position),
            }
        }
    }
}
