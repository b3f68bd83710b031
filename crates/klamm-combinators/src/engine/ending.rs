//! How a pipeline ends: by itself, or dropped.

use std::{
    future::poll_fn,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use klamm_core::{
    Error, ErrorCode, Message, Position, TopicPartition,
    contract::{Feed, ProducerError},
};

use super::pipeline::Engine;
use crate::{ProcessError, Report, committer::Commits};

/// How long the last commit is waited for.
const LAST_COMMIT_WITHIN: Duration = Duration::from_secs(30);

/// Why the pipeline stops, other than its handler.
#[derive(Debug)]
pub(crate) enum Failure {
    Source(Error),
    Commit(ErrorCode),
    Stalled { partition: TopicPartition, offset: i64, age: Duration },
    Dropped { partition: TopicPartition, offset: i64 },
    Transaction(ProducerError),
}

impl<E> From<Failure> for ProcessError<E> {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Source(error) => Self::Source(error),
            Failure::Commit(code) => Self::Commit(code),
            Failure::Stalled { partition, offset, age } => Self::Stalled { partition, offset, age },
            Failure::Dropped { partition, offset } => Self::Dropped { partition, offset },
            Failure::Transaction(error) => Self::Transaction(error),
        }
    }
}

/// How a pipeline has ended.
#[derive(Debug)]
pub(crate) struct Ended<E> {
    pub(crate) result: Result<Report, ProcessError<E>>,
    /// How much is left of the time in which it is to leave its group, if it was told to.
    pub(crate) leave_within: Option<Duration>,
}

impl<C: Commits, F: Feed<Message: Message>> Engine<C, F> {
    /// Commits what is done, after nothing is being worked on any more, and returns the report or what went wrong.
    pub(crate) async fn finish<E>(mut self, handler: Option<ProcessError<E>>) -> Ended<E> {
        debug_assert_eq!(self.credits.records(), 0, "a message is held that nobody works on");
        poll_fn(|cx| self.poll_end(cx)).await;
        self.ended(handler)
    }

    /// Commits what is done, after nothing is being worked on any more.
    pub(crate) fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !std::mem::replace(&mut self.is_ending, true) {
            self.note_run();
            self.is_stopping = true;
            self.end_by.get_or_insert_with(|| self.feed.now() + LAST_COMMIT_WITHIN);
            self.rest();
        }
        self.poll_committed(self.end_by.unwrap_or_else(|| self.feed.now()), cx)
    }

    /// Returns how it has ended.
    pub(crate) fn ended<E>(&mut self, handler: Option<ProcessError<E>>) -> Ended<E> {
        let failure = self.failure.take().map(ProcessError::from);
        let result = handler.or(failure).map_or(Ok(self.report), Err);
        let left = self.end_by.map(|at| at.saturating_duration_since(self.feed.now()));
        Ended { result, leave_within: left.filter(|_| self.must_leave) }
    }

    fn poll_committed(&mut self, deadline: Instant, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let is_left = self.windows.iter().any(|window| !window.is_fenced() && !window.is_committed());
            let may_commit = !self.is_refused && (!C::TRANSACTIONAL || self.transaction.may_be_open());
            let is_waiting =
                is_left && may_commit || self.committer.is_in_flight() || self.is_being_aborted();
            if !is_waiting {
                return Poll::Ready(());
            }
            if self.idle(cx) {
                continue;
            }
            if self.committer.is_in_flight() || self.committer.not_before().is_none() {
                return self.poll_deadline(deadline, cx);
            }
            return if self.feed.now() >= deadline { Poll::Ready(()) } else { Poll::Pending };
        }
    }
}

/// A pipeline that ends leaves nothing behind: what is done is committed, without waiting for the answer, and what was
/// delivered and is not done is delivered again.
impl<C: Commits, F: Feed> Drop for Engine<C, F> {
    fn drop(&mut self) {
        if C::TRANSACTIONAL {
            return self.abandon_transaction();
        }
        let (mut done, mut undone) = (Vec::new(), Vec::<(_, Position)>::new());
        // Its handler has panicked.
        undone.extend(self.run.epoch().zip(self.run.taken().map(Position::at)));
        self.note_run();
        // A fenced epoch is rewound as well: should its source think otherwise, nothing of it may be passed over.
        for window in self.windows.iter_mut() {
            let position = if window.is_fenced() { None } else { window.send() };
            done.extend(position.map(|position| (window.epoch(), position)));
            undone.extend(window.unsettled().map(|position| (window.epoch(), position)));
        }
        if !done.is_empty() && !self.is_refused {
            drop(self.commit.send(done));
        }
        for (epoch, position) in undone {
            self.feed.rewind(epoch, position);
        }
    }
}
