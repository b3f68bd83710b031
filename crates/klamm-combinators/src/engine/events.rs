//! Events, answers and dates.

use std::{
    task::{Context, Poll},
    time::{Duration, Instant},
};

use klamm_core::contract::{Event, Feed, Lost, Source};

use super::pipeline::{Engine, Failure, Hold};
use crate::committer::Answered;

/// How long the commit of a held revoke is sent again while the group answers that it is between two generations, before
/// the revoke goes on without it. The next heartbeat would have brought the present one.
const PARKED_IN_HOLD: Duration = Duration::from_secs(10);

impl<S: Source> Engine<'_, S> {
    /// Does what is due, at the price of a few loads if nothing is.
    #[inline]
    pub(super) fn tend(&mut self, cx: &mut Context<'_>) {
        let is_due = self.committer.is_full() && !self.committer.is_in_flight();
        if is_due || self.feed.has_event() || !self.holds.is_empty() {
            self.advance(cx);
        }
    }

    /// Does what is due, and arranges to be woken for what will be. Returns whether something changed.
    pub(super) fn idle(&mut self, cx: &mut Context<'_>) -> bool {
        if self.advance(cx) {
            return true;
        }
        if self.committer.is_in_flight() {
            return false;
        }
        let is_urgent = self.is_stopping || !self.holds.is_empty();
        let date = if is_urgent { self.committer.not_before() } else { self.committer.due() };
        match date {
            Some(at) if self.feed.poll_until(at, cx).is_ready() => self.send(cx),
            _ => false,
        }
    }

    /// Takes events and answers, lets go of holds, and sends what must be sent now.
    fn advance(&mut self, cx: &mut Context<'_>) -> bool {
        let mut has_changed = false;
        while let Poll::Ready(event) = self.feed.poll_event(cx) {
            self.event(event);
            has_changed = true;
        }
        has_changed |= self.take_answer(cx);
        self.release_holds();
        let is_due = self.committer.is_full()
            || self.is_stopping
            || self.holds.iter().any(|hold| self.is_drained(hold));
        if is_due && !self.committer.is_in_flight() {
            let is_too_early = self.committer.not_before().is_some_and(|at| self.feed.now() < at);
            if !is_too_early && self.send(cx) {
                has_changed = true;
            }
        }
        has_changed
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Assigned(_) => self.committer.unpark(),
            Event::Revoked(token) => {
                self.let_go_of_held_back(token.epochs());
                self.holds.push(Hold { token, parked_since: None });
            }
            Event::Lost(Lost { epochs }) => {
                for epoch in &epochs {
                    self.lose(*epoch);
                    self.windows.remove(*epoch);
                }
                self.holds.retain(|hold| !hold.token.epochs().iter().all(|epoch| epochs.contains(epoch)));
            }
            // What this release does not know of cannot concern it.
            _ => {}
        }
    }

    /// Sends what is done and not sent. Returns whether there was anything.
    fn send(&mut self, cx: &mut Context<'_>) -> bool {
        if self.is_refused {
            return false;
        }
        let done = self.windows.iter_mut().filter(|window| !window.is_fenced());
        let positions: Vec<_> = done.filter_map(|it| Some((it.epoch(), it.send()?))).collect();
        if positions.is_empty() {
            self.committer.nothing_to_send();
            return false;
        }
        self.committer.send(self.source, positions);
        // Polled once, so that its answer wakes the task.
        self.take_answer(cx);
        true
    }

    fn take_answer(&mut self, cx: &mut Context<'_>) -> bool {
        let feed = &self.feed;
        let is_held = !self.holds.is_empty();
        let Poll::Ready(answers) = self.committer.poll_answer(|| feed.now(), is_held, cx) else {
            return false;
        };
        self.report.commits += 1;
        let now = self.feed.now();
        for (epoch, answered) in answers {
            let Some(window) = self.windows.get_mut(epoch) else { continue };
            match answered {
                Answered::Committed => self.report.committed += window.committed(),
                Answered::Refused { parked } => {
                    window.refused();
                    let holds = self.holds.iter_mut().filter(|_| parked);
                    for hold in holds.filter(|hold| hold.token.epochs().contains(&epoch)) {
                        hold.parked_since.get_or_insert(now);
                    }
                }
                Answered::Fenced => {
                    window.fence();
                    self.lose(epoch);
                }
                Answered::Fatal(code) => {
                    window.refused();
                    self.is_refused = true;
                    self.is_stopping = true;
                    self.failure.get_or_insert(Failure::Commit(code));
                }
            }
        }
        true
    }

    /// Tells whether nothing of a hold's partitions is being worked on.
    fn is_drained(&self, hold: &Hold) -> bool {
        let mut windows = hold.token.epochs().iter().filter_map(|epoch| self.windows.get(*epoch));
        windows.all(|window| window.running() == 0 || window.is_fenced())
    }

    /// Lets go of the revokes whose partitions are drained and committed.
    fn release_holds(&mut self) {
        let mut index = 0;
        while let Some(hold) = self.holds.get(index) {
            let mut windows = hold.token.epochs().iter().filter_map(|epoch| self.windows.get(*epoch));
            let is_committed = windows.all(|window| window.is_committed() || window.is_fenced());
            let is_parked_long = |since: Instant| self.feed.now() - since > PARKED_IN_HOLD;
            let is_given_up = self.is_refused || hold.parked_since.is_some_and(is_parked_long);
            if self.is_drained(hold) && (is_committed || is_given_up) {
                let hold = self.holds.swap_remove(index);
                for epoch in hold.token.epochs() {
                    self.windows.remove(*epoch);
                }
            } else {
                index += 1;
            }
        }
    }
}
