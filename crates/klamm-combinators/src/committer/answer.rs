//! The request in flight, and what its answer means.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use klamm_core::{
    Epoch, ErrorCode, Position,
    contract::{CommitResult, ProducerError},
};

use super::{Commits, Trigger};

/// How long after a refusal the same positions are sent again.
const RETRY_AFTER: Duration = Duration::from_millis(100);
/// How often to look whether a parked commit can be sent, should nobody say so.
const PARKED_AGAIN: Duration = Duration::from_secs(1);
/// How long commits stay parked, with no rebalance coming to an end, before the pipeline stops.
const PARKED_LIMIT: Duration = Duration::from_secs(60);

/// One commit request at a time, and when the next is due.
pub(crate) struct Committer<C: Commits> {
    trigger: Trigger,
    flight: Option<C::Answer>,
    /// When the request in flight was sent.
    sent_at: Option<Instant>,
    /// Messages done since the last request was sent.
    unsent: usize,
    /// When the first of them was done.
    since: Option<Instant>,
    /// Nothing is sent before this.
    not_before: Option<Instant>,
    /// Since when the group answers that it is between two generations.
    parked_since: Option<Instant>,
}

/// What an answer means for one epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answered {
    Committed,
    /// To be sent again; *parked* if the group is between two generations.
    Refused {
        parked: bool,
    },
    /// The partition is not this member's any more.
    Fenced,
    /// The request cannot succeed.
    Fatal(ErrorCode),
}

/// What the answer to a request means for each epoch, and how long it took.
pub(crate) type Answers = (Vec<(Epoch, Answered)>, Duration);

impl Answered {
    /// Returns its place among the answers, from the best to the worst.
    pub(crate) fn badness(self) -> u8 {
        match self {
            Self::Committed => 0,
            Self::Refused { parked: false } => 1,
            Self::Refused { parked: true } => 2,
            Self::Fenced => 3,
            Self::Fatal(_) => 4,
        }
    }
}

impl<C: Commits> Committer<C> {
    pub(crate) fn new(trigger: Trigger) -> Self {
        Self {
            trigger,
            flight: None,
            sent_at: None,
            unsent: 0,
            since: None,
            not_before: None,
            parked_since: None,
        }
    }

    /// Counts a message that is done. Returns whether with it enough is done to send.
    #[inline]
    pub(crate) fn count(&mut self, now: impl FnOnce() -> Instant) -> bool {
        self.unsent += 1;
        if self.since.is_none() {
            self.since = Some(now());
        }
        self.unsent == self.trigger.records
    }

    /// Counts messages that are done. Returns whether with them enough is done to send.
    pub(crate) fn count_many(&mut self, done: u64, now: impl FnOnce() -> Instant) -> bool {
        if done > 0 {
            self.unsent = self.unsent.saturating_add(usize::try_from(done).unwrap_or(usize::MAX));
            self.since.get_or_insert_with(now);
        }
        self.is_full()
    }

    /// Returns when the first message was done since the last request.
    pub(crate) fn since(&self) -> Option<Instant> {
        self.since
    }

    /// Returns with how many more messages a commit is due, of which the first is under way.
    pub(crate) fn due_with(&mut self, now: impl FnOnce() -> Instant) -> u64 {
        self.since.get_or_insert_with(now);
        let left = self.trigger.records.checked_sub(self.unsent).filter(|left| *left > 0);
        left.map_or(u64::MAX, |left| left as u64)
    }

    pub(crate) fn set_trigger(&mut self, trigger: Trigger) {
        self.trigger = trigger;
    }

    #[inline]
    pub(crate) fn is_in_flight(&self) -> bool {
        self.flight.is_some()
    }

    /// Tells whether messages are done since the last request.
    pub(crate) fn has_unsent(&self) -> bool {
        self.unsent > 0
    }

    /// Tells whether enough is done to send.
    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        self.unsent >= self.trigger.records
    }

    /// Returns when the next request is due by time.
    pub(crate) fn due(&self) -> Option<Instant> {
        let due = self.since.and_then(|since| self.trigger.due(since))?;
        Some(self.not_before.map_or(due, |not_before| due.max(not_before)))
    }

    /// Returns before when nothing is to be sent, if that is so.
    pub(crate) fn not_before(&self) -> Option<Instant> {
        self.not_before
    }

    /// A rebalance is over: what was parked can be sent.
    pub(crate) fn unpark(&mut self) {
        if self.parked_since.take().is_some() {
            self.not_before = None;
        }
    }

    pub(crate) fn send(&mut self, commit: &C, positions: Vec<(Epoch, Position)>, now: Instant) {
        self.unsent = 0;
        self.since = None;
        self.not_before = None;
        self.sent_at = Some(now);
        self.flight = Some(commit.send(positions));
    }

    /// Nothing is left to send.
    pub(crate) fn nothing_to_send(&mut self) {
        self.unsent = 0;
        self.since = None;
        self.not_before = None;
        self.parked_since = None;
    }

    /// Returns the answer to the request in flight, if there is one, and how long it took.
    ///
    /// While a revoke is held no rebalance can end, so that what is parked is sent again soon.
    ///
    /// # Errors
    ///
    /// What its transaction has failed with, if it was sent in one.
    pub(crate) fn poll_answer(
        &mut self,
        now: impl FnOnce() -> Instant,
        is_held: bool,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Answers, ProducerError>> {
        let Some(flight) = &mut self.flight else { return Poll::Pending };
        let Poll::Ready(answer) = Pin::new(flight).poll(cx) else { return Poll::Pending };
        self.flight = None;
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => return Poll::Ready(Err(error)),
        };
        let now = now();
        let parked_again = if is_held { RETRY_AFTER } else { PARKED_AGAIN };
        let is_parked = answer.iter().any(|(_, result)| matches!(result, CommitResult::Parked(_)));
        if is_parked {
            self.parked_since.get_or_insert(now);
        } else {
            self.parked_since = None;
        }
        let parked_too_long = self.parked_since.is_some_and(|since| now - since > PARKED_LIMIT);
        let latency = self.sent_at.take().map_or(Duration::ZERO, |sent_at| now - sent_at);
        let answers = answer
            .into_iter()
            .map(|(epoch, result)| {
                let answered = match result {
                    CommitResult::Committed(_) => Answered::Committed,
                    CommitResult::Retriable(_) => self.again(now, RETRY_AFTER, false),
                    CommitResult::Parked(code) if parked_too_long => Answered::Fatal(code),
                    CommitResult::Parked(_) => self.again(now, parked_again, true),
                    CommitResult::Fenced(_) | CommitResult::Closed => Answered::Fenced,
                    CommitResult::Fatal(code) => Answered::Fatal(code),
                };
                (epoch, answered)
            })
            .collect();
        Poll::Ready(Ok((answers, latency)))
    }

    fn again(&mut self, now: Instant, after: Duration, parked: bool) -> Answered {
        let at = now + after;
        self.not_before = Some(self.not_before.map_or(at, |other| other.max(at)));
        // It is due as soon as it may be sent.
        self.since = Some(now.checked_sub(self.trigger.interval).unwrap_or(now));
        self.unsent = self.unsent.max(1);
        Answered::Refused { parked }
    }
}
