//! The state of a running pipeline, and the way of a message through it.

use std::{
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Instant,
};

use klamm_core::{
    Epoch, Error, Message,
    contract::{Feed, ProducerError},
};

use super::{
    clock::Clock, ending::Failure, hold::Hold, run::Run, transaction::Transaction, windows::Windows,
};
use crate::{
    OnRevoke, Outcome, ProcessError, Report,
    committer::{Commits, Committer},
    credits::Credits,
    policy::Policies,
    revocations::Revocations,
    tracker::{Ticket, Window},
};

/// What is left to do, besides handling messages.
#[expect(clippy::struct_excessive_bools, reason = "they are independent of each other")]
pub(crate) struct Engine<C: Commits, F: Feed> {
    pub(super) commit: C,
    pub(super) feed: F,
    pub(super) windows: Windows,
    pub(super) run: Run,
    pub(super) committer: Committer<C>,
    pub(super) transaction: Transaction<C::Call>,
    pub(super) policies: Policies,
    pub(super) credits: Arc<Credits>,
    pub(super) revocations: Arc<Revocations>,
    pub(super) holds: Vec<Hold>,
    /// Epochs whose handlers are to be dropped.
    pub(super) ended: Vec<Epoch>,
    /// What waits for its turn must be looked through: some of it is not to be started.
    pub(super) must_discard: bool,
    /// Something is to be done before the next message.
    pub(super) is_due: bool,
    /// Something was done since it was looked where partitions rest.
    pub(super) has_moved: bool,
    pub(super) clock: Clock,
    /// When to look where partitions rest.
    pub(super) rest_at: Option<Instant>,
    /// When everything is to be over.
    pub(super) end_by: Option<Instant>,
    /// When handlers that run are dropped, unless they were already.
    pub(super) cut_at: Option<Instant>,
    /// All handlers are to be dropped.
    pub(super) is_cut: bool,
    /// Handlers can be dropped here; otherwise whoever works on a message does so elsewhere, and is let go of.
    pub(super) drops_handlers: bool,
    pub(super) is_ending: bool,
    /// The group is to be left in the end.
    pub(super) must_leave: bool,
    pub(super) report: Report,
    pub(super) failure: Option<Failure>,
    /// No more messages are taken.
    pub(super) is_stopping: bool,
    /// Nothing more is started either.
    pub(super) is_winding_down: bool,
    /// Commits are refused for good.
    pub(super) is_refused: bool,
}

/// A message that is held: its handler waits for something, or the message for its turn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    pub(crate) ticket: Ticket,
    bytes: usize,
}

/// What becomes of a message that waits for its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is started when its turn comes.
    InTurn,
    /// Only if one behind it was started: that could not be committed otherwise, and would be handled twice.
    ToFillGaps,
    Never,
}

/// How a handler failed.
#[derive(Debug)]
pub(crate) enum Failed<E> {
    Handler(E),
    /// What its panic said.
    Panicked(String),
    /// One of its outputs was not delivered.
    Delivery(ProducerError),
}

impl<C: Commits, F: Feed<Message: Message>> Engine<C, F> {
    /// Takes the messages of a feed, and commits through `commit`.
    pub(crate) fn new(commit: C, feed: F, policies: Policies, revocations: Arc<Revocations>) -> Self {
        Self {
            commit,
            feed,
            windows: Windows::default(),
            run: Run::default(),
            committer: Committer::new(policies.trigger),
            transaction: Transaction::new(),
            clock: Clock::new(policies.tick()),
            policies,
            credits: Arc::new(Credits::new()),
            revocations,
            holds: Vec::new(),
            ended: Vec::new(),
            must_discard: false,
            is_due: false,
            has_moved: false,
            rest_at: None,
            end_by: None,
            cut_at: None,
            is_cut: false,
            drops_handlers: true,
            is_ending: false,
            must_leave: false,
            report: Report::default(),
            failure: None,
            is_stopping: false,
            is_winding_down: false,
            is_refused: false,
        }
    }

    /// Returns the next message to be handled, or `None` if no more are taken.
    #[inline]
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<(F::Message, Ticket)>> {
        loop {
            self.tend(cx);
            if self.is_stopping {
                return Poll::Ready(None);
            }
            match self.feed.poll_message(cx) {
                Poll::Ready(Some(Ok(message))) => {
                    if C::TRANSACTIONAL && self.comes_too_early(&message) {
                        continue;
                    }
                    if let Some(ticket) = self.admit(&message) {
                        return Poll::Ready(Some((message, ticket)));
                    }
                }
                Poll::Ready(item) => self.no_message(item.and_then(Result::err)),
                Poll::Pending if self.idle(cx) => {}
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// Returns the next message to be handled if it is in hand, and nothing else is to be done before it. It must be
    /// [settled](Self::settle_in_hand) or [admitted](Self::admit_in_hand) before anything else happens.
    #[expect(clippy::inline_always, reason = "a call costs as much as what it does, for each message")]
    #[inline(always)]
    pub(crate) fn next_in_hand(&mut self) -> Option<F::Message> {
        if self.feed.has_event() || !self.run.is_open() && !self.begin_run() {
            return None;
        }
        let message = self.feed.next_in_hand()?;
        self.run.take(message.offset());
        Some(message)
    }

    /// Notes that a message was delivered; `None` if it is not to be handled, since its epoch is over.
    #[inline]
    fn admit(&mut self, message: &F::Message) -> Option<Ticket> {
        let (epoch, now) = (message.epoch(), self.clock.now());
        let window = match self.windows.get_mut(epoch) {
            Some(window) => window,
            None => self.learn(epoch)?,
        };
        if !window.is_open() {
            return None;
        }
        if C::TRANSACTIONAL {
            window.begin_at(message.offset());
        }
        let sequence = window.admit(message, now);
        Some(Ticket { epoch, sequence })
    }

    /// Looks for the assignment of an epoch that has come since it was last looked for events; or its end has.
    #[cold]
    pub(super) fn learn(&mut self, epoch: Epoch) -> Option<&mut Window> {
        // Nobody is woken by this look: there is another before the task waits.
        self.advance(&mut Context::from_waker(Waker::noop()));
        self.windows.get_mut(epoch)
    }

    /// Tells whether another message may be held.
    #[inline]
    pub(crate) fn has_credit(&self) -> bool {
        self.credits.is_left(&self.policies.limits)
    }

    /// Holds a message that was not done at once. Its partition is not served while it has as many as it may have.
    pub(crate) fn hold_message(&mut self, ticket: Ticket, bytes: usize) -> Held {
        self.credits.take(bytes);
        let window = self.windows.get(ticket.epoch);
        if window.is_some_and(|it| !it.is_withheld && it.len() >= self.policies.limits.per_partition as u64) {
            self.bound(ticket.epoch);
        }
        Held { ticket, bytes }
    }

    /// Notes that a held message's handler runs.
    pub(crate) fn start(&mut self, held: Held) {
        if let Some(window) = self.windows.get_mut(held.ticket.epoch) {
            window.marks().start();
        }
    }

    /// Notes that a held message's handler runs no more. What came of it is said after that.
    pub(crate) fn stop(&mut self, held: Held) {
        self.discard(held);
        if let Some(window) = self.windows.get_mut(held.ticket.epoch) {
            window.marks().stop();
        }
    }

    /// Lets go of a message that was held and not started, or whose handler has ended.
    pub(crate) fn discard(&mut self, held: Held) {
        self.credits.give(held.bytes);
    }

    /// Notes that a message was handled.
    #[inline]
    pub(crate) fn settle(&mut self, ticket: Ticket, outcome: Outcome) {
        let Some(window) = self.windows.get_mut(ticket.epoch) else {
            self.report.stale += 1;
            return;
        };
        window.settle(ticket.sequence);
        if window.is_withheld || window.len() >= self.policies.limits.per_partition as u64 {
            self.bound(ticket.epoch);
        }
        self.has_moved = true;
        let feed = &self.feed;
        self.is_due |= self.committer.count(|| feed.now());
        match outcome {
            Outcome::Done => self.report.processed += 1,
            Outcome::Skip(reason) => self.skip(reason),
        }
    }

    #[cold]
    pub(super) fn skip(&mut self, reason: &'static str) {
        self.report.skipped += 1;
        if let Some(observer) = &mut self.policies.observer {
            observer.skipped(reason);
        }
    }

    /// Serves a partition no more while it has as many messages as it may have, or again once half of them are done.
    ///
    /// What is done at once was never held, and counts all the same while one before it is not done.
    #[cold]
    fn bound(&mut self, epoch: Epoch) {
        let limit = self.policies.limits.per_partition as u64;
        let Some(window) = self.windows.get_mut(epoch) else { return };
        if window.is_withheld {
            if C::TRANSACTIONAL && !self.transaction.is_served() {
                return;
            }
            serve_again(&mut self.feed, window, limit);
        } else if window.len() >= limit {
            window.is_withheld = true;
            self.feed.withhold(epoch);
        }
    }

    /// Notes that a handler failed: nothing more is started, and the message stays undone. Nothing comes of it if the
    /// message's partition has gone; it is delivered again in any case.
    #[cold]
    pub(crate) fn fail<E>(&mut self, ticket: Ticket, failed: Failed<E>) -> Option<ProcessError<E>> {
        self.spoil();
        let failed = match failed {
            Failed::Delivery(error) => Failed::Delivery(self.deliver_again(error).err()?),
            failed => failed,
        };
        let place = self.windows.get(ticket.epoch).and_then(|window| {
            let offset = window.offset_of(ticket.sequence)?;
            Some((window.partition().clone(), offset))
        });
        let Some((partition, offset)) = place else {
            self.report.stale += 1;
            return None;
        };
        self.wind_down();
        Some(match failed {
            Failed::Handler(source) => ProcessError::Handler { partition, offset, source },
            Failed::Panicked(message) => ProcessError::Panicked { partition, offset, message },
            Failed::Delivery(source) => ProcessError::Delivery { partition, offset, source },
        })
    }

    /// Starts nothing more.
    pub(crate) fn wind_down(&mut self) {
        self.is_stopping = true;
        self.is_winding_down = true;
        self.must_discard = true;
    }

    /// Notes that a handler was dropped before it was done.
    pub(crate) fn abandon(&mut self) {
        self.spoil();
        self.report.abandoned += 1;
    }

    /// Tells whether no more messages are taken.
    pub(crate) fn is_stopping(&self) -> bool {
        self.is_stopping
    }

    /// Tells what becomes of the messages of an epoch that wait for their turn.
    pub(crate) fn fate(&self, epoch: Epoch) -> Fate {
        let window = self.windows.get(epoch).filter(|window| !window.is_fenced());
        let Some(window) = window.filter(|_| !self.is_over(epoch)) else { return Fate::Never };
        match self.policies.on_revoke {
            _ if window.is_open() && !self.is_winding_down => Fate::InTurn,
            Some(OnRevoke::Cancel | OnRevoke::Detach) if !window.is_open() => Fate::Never,
            _ => Fate::ToFillGaps,
        }
    }

    /// Returns the number of the last message of an epoch that is done, if one is that cannot be committed yet.
    pub(crate) fn last_done(&self, epoch: Epoch) -> Option<u64> {
        self.windows.get(epoch)?.last_done()
    }

    /// Tells whether there may be handlers to drop.
    #[inline]
    pub(crate) fn must_drop(&self) -> bool {
        !self.ended.is_empty() || self.is_cut
    }

    /// Tells whether the handlers of an epoch are to be dropped.
    pub(crate) fn is_over(&self, epoch: Epoch) -> bool {
        self.is_cut || self.ended.contains(&epoch)
    }

    /// Notes that all handlers that were to be dropped are.
    pub(crate) fn have_dropped(&mut self) {
        self.ended.clear();
        self.is_cut = false;
        self.is_due = true;
    }

    /// Tells, once, that what waits for its turn must be looked through.
    pub(crate) fn take_must_discard(&mut self) -> bool {
        std::mem::take(&mut self.must_discard)
    }

    /// What comes in a message's place: an error, or the end.
    #[cold]
    fn no_message(&mut self, error: Option<Error>) {
        match error {
            None => self.is_stopping = true,
            Some(error) if error.is_retriable() => {
                tracing::warn!(target: "klamm", %error, "the source goes on");
            }
            Some(error) => {
                self.wind_down();
                self.failure.get_or_insert(Failure::Source(error));
            }
        }
    }
}

/// Serves a partition again once half of what it may have is done.
#[cold]
pub(super) fn serve_again<F: Feed>(feed: &mut F, window: &mut Window, limit: u64) {
    if window.is_open() && window.len() <= limit / 2 {
        window.is_withheld = false;
        feed.serve(window.epoch());
    }
}
