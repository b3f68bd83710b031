//! The state of a running pipeline, and the way of a message through it.

use std::{
    task::{Context, Poll},
    time::Instant,
};

use klamm_core::{
    Epoch, Error, ErrorCode, Message,
    contract::{Feed, Revoked, Source},
};

use super::windows::Windows;
use crate::{
    Report,
    committer::{Committer, Trigger},
    tracker::Ticket,
};

/// How many messages of one partition there may be from the oldest that is not done; beyond it nothing more is started.
///
/// It bounds what is delivered again after a failure, and the memory of the tracker.
const WINDOW_LIMIT: u64 = 4_096;

/// What is left to do, besides handling messages.
pub(crate) struct Engine<'s, S: Source> {
    pub(super) source: &'s S,
    pub(super) feed: S::Feed<'s>,
    pub(super) windows: Windows,
    pub(super) committer: Committer<S>,
    pub(super) holds: Vec<Hold>,
    /// Epochs that ended without their handlers: the schedule is to drop those.
    lost: Vec<Epoch>,
    /// A message whose partition has too many that are not done.
    pub(super) held_back: Option<S::Message<'s>>,
    pub(super) report: Report,
    pub(super) failure: Option<Failure>,
    /// Nothing more is started.
    pub(super) is_stopping: bool,
    /// Commits are refused for good.
    pub(super) is_refused: bool,
}

/// A revoke that waits for this pipeline.
pub(super) struct Hold {
    pub(super) token: Revoked,
    /// Since when its commit is parked.
    pub(super) parked_since: Option<Instant>,
}

/// Why the pipeline stops, other than its handler.
pub(crate) enum Failure {
    Source(Error),
    Commit(ErrorCode),
}

impl<'s, S: Source> Engine<'s, S> {
    /// Takes the source's messages.
    pub(crate) fn open(source: &'s S, trigger: Trigger) -> Result<Self, Error> {
        Ok(Self {
            source,
            feed: source.feed()?,
            windows: Windows::default(),
            committer: Committer::new(trigger),
            holds: Vec::new(),
            lost: Vec::new(),
            held_back: None,
            report: Report::default(),
            failure: None,
            is_stopping: false,
            is_refused: false,
        })
    }

    /// Returns the next message to be handled, or `None` if nothing more is started.
    #[inline]
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<(S::Message<'s>, Ticket)>> {
        loop {
            self.tend(cx);
            if self.is_stopping {
                return Poll::Ready(None);
            }
            let message = match self.held_back.take() {
                Some(message) => message,
                None => match self.feed.poll_message(cx) {
                    Poll::Ready(Some(Ok(message))) => message,
                    Poll::Ready(item) => {
                        self.no_message(item.and_then(Result::err));
                        continue;
                    }
                    Poll::Pending if self.idle(cx) => continue,
                    Poll::Pending => return Poll::Pending,
                },
            };
            let window = self.windows.of(message.epoch());
            if window.is_fenced() {
                continue;
            }
            if window.len() >= WINDOW_LIMIT {
                self.held_back = Some(message);
                if self.idle(cx) {
                    continue;
                }
                return Poll::Pending;
            }
            let ticket = window.start(&message);
            return Poll::Ready(Some((message, ticket)));
        }
    }

    /// Does what is due, and arranges to be woken for what will be. To be called before waiting for anything else.
    pub(crate) fn poll_meanwhile(&mut self, cx: &mut Context<'_>) {
        self.tend(cx);
        while self.idle(cx) {}
    }

    /// Notes that a message was handled.
    #[inline]
    pub(crate) fn settle(&mut self, ticket: Ticket) {
        self.report.processed += 1;
        // A message of an epoch that is over counts for nothing: it will be delivered again.
        if let Some(window) = self.windows.get_mut(ticket.epoch) {
            window.settle(ticket);
            let feed = &self.feed;
            self.committer.count(|| feed.now());
        }
    }

    /// Notes that a handler failed: the pipeline stops, and the message stays undone.
    pub(crate) fn fail(&mut self, ticket: Ticket) {
        if let Some(window) = self.windows.get_mut(ticket.epoch) {
            window.give_up();
        }
        self.is_stopping = true;
    }

    /// Notes that a handler was dropped because its partition is lost.
    pub(crate) fn abandon(&mut self, ticket: Ticket) {
        self.report.abandoned += 1;
        if let Some(window) = self.windows.get_mut(ticket.epoch) {
            window.give_up();
        }
    }

    /// Tells whether nothing more is started.
    pub(crate) fn is_stopping(&self) -> bool {
        self.is_stopping
    }

    /// Tells whether an epoch is over, so that its handlers are to be dropped.
    #[inline]
    pub(crate) fn is_lost(&self, epoch: Epoch) -> bool {
        !self.lost.is_empty() && self.lost.contains(&epoch)
    }

    /// Tells whether there may be handlers to drop.
    #[inline]
    pub(crate) fn has_lost(&self) -> bool {
        !self.lost.is_empty()
    }

    /// Notes that the handlers of lost epochs were dropped.
    pub(crate) fn forget_lost(&mut self) {
        self.lost.clear();
    }

    pub(super) fn lose(&mut self, epoch: Epoch) {
        self.lost.push(epoch);
        self.let_go_of_held_back(&[epoch]);
    }

    /// Drops the message that was held back, if it is of one of these: it was not started, and is the source's again.
    pub(super) fn let_go_of_held_back(&mut self, epochs: &[Epoch]) {
        self.held_back.take_if(|message| epochs.contains(&message.epoch()));
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
                self.is_stopping = true;
                self.failure.get_or_insert(Failure::Source(error));
            }
        }
    }
}
