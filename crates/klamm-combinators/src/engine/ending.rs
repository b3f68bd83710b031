//! How a pipeline ends: by itself, or dropped.

use std::{
    task::{Context, Poll},
    time::{Duration, Instant},
};

use klamm_core::{
    Message, Position,
    contract::{Feed, Source},
};

use super::pipeline::{Engine, Failure};
use crate::{ProcessError, Report};

/// How long the last commit is waited for.
const LAST_COMMIT_WITHIN: Duration = Duration::from_secs(30);

impl<S: Source> Engine<'_, S> {
    /// Commits what is done, after nothing is being worked on any more, and returns the report or what went wrong.
    pub(crate) async fn finish<E>(
        mut self,
        handler: Option<ProcessError<E>>,
    ) -> Result<Report, ProcessError<E>> {
        self.is_stopping = true;
        let deadline = self.feed.now() + LAST_COMMIT_WITHIN;
        std::future::poll_fn(|cx| self.poll_committed(deadline, cx)).await;
        if let Some(error) = handler {
            return Err(error);
        }
        match self.failure.take() {
            None => Ok(self.report),
            Some(Failure::Source(error)) => Err(ProcessError::Source(error)),
            Some(Failure::Commit(code)) => Err(ProcessError::Commit(code)),
        }
    }

    fn poll_committed(&mut self, deadline: Instant, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let is_left = self.windows.iter().any(|window| !window.is_fenced() && !window.is_committed());
            let is_waiting = is_left && !self.is_refused || self.committer.is_in_flight();
            if !is_waiting || self.feed.now() >= deadline {
                return Poll::Ready(());
            }
            if self.idle(cx) {
                continue;
            }
            if self.committer.is_in_flight() && self.feed.poll_until(deadline, cx).is_ready() {
                continue;
            }
            return Poll::Pending;
        }
    }
}

/// A pipeline that ends leaves nothing behind: what is done is committed, without waiting for the answer, and what was
/// delivered and is not done is delivered again.
impl<S: Source> Drop for Engine<'_, S> {
    fn drop(&mut self) {
        let (mut done, mut undone) = (Vec::new(), Vec::<(_, Position)>::new());
        // A fenced epoch is rewound as well: should its source think otherwise, nothing of it may be passed over.
        for window in self.windows.iter_mut() {
            let position = if window.is_fenced() { None } else { window.send() };
            done.extend(position.map(|position| (window.epoch(), position)));
            undone.extend(window.unsettled().map(|position| (window.epoch(), position)));
        }
        if let Some(message) = self.held_back.take() {
            if !undone.iter().any(|(epoch, _)| *epoch == message.epoch()) {
                undone.push((message.epoch(), Position::at(message.offset())));
            }
        }
        if !done.is_empty() && !self.is_refused {
            drop(self.source.commit(done));
        }
        for (epoch, position) in undone {
            self.feed.rewind(epoch, position);
        }
    }
}
