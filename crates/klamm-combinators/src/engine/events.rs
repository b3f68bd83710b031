//! Events, answers, and what must be sent.

use std::task::{Context, Poll};

use klamm_core::{
    Epoch, Message, TopicPartition,
    contract::{Event, Feed, Lost},
};

use super::{ending::Failure, pipeline::Engine};
use crate::{
    committer::{Answered, Commits},
    observe::{CommitAnswered, CommitClass, Progress},
    tracker::Window,
};

impl<C: Commits, F: Feed<Message: Message>> Engine<C, F> {
    /// Does what is due, at the price of three loads if nothing is.
    #[inline]
    pub(crate) fn tend(&mut self, cx: &mut Context<'_>) {
        if self.run.is_open() {
            self.note_run();
        }
        if self.is_due || self.feed.has_event() {
            self.advance(cx);
        }
    }

    /// Takes events and answers, lets go of holds, and sends what must be sent now. Returns whether something changed.
    #[cold]
    pub(super) fn advance(&mut self, cx: &mut Context<'_>) -> bool {
        let mut has_changed = false;
        while let Poll::Ready(event) = self.feed.poll_event(cx) {
            self.event(event);
            has_changed = true;
        }
        has_changed |= self.take_answer(cx);
        self.release_holds();
        has_changed |= if C::TRANSACTIONAL { self.advance_transaction(cx) } else { self.send_if_due(cx) };
        self.is_due = !self.holds.is_empty();
        has_changed
    }

    /// Sends what is done if it must be sent now. Returns whether there was anything.
    fn send_if_due(&mut self, cx: &mut Context<'_>) -> bool {
        let must_send = self.committer.is_full()
            || self.is_stopping
            || self.holds.iter().any(|hold| self.is_drained(hold));
        let is_too_early = || self.committer.not_before().is_some_and(|at| self.feed.now() < at);
        must_send && !self.committer.is_in_flight() && !is_too_early() && self.send(cx)
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Assigned(assigned) => {
                self.committer.unpark();
                let names: Vec<TopicPartition> = assigned.iter().map(|it| it.partition.clone()).collect();
                for it in assigned {
                    self.windows.assign(it.epoch, it.partition, &self.revocations);
                    if C::TRANSACTIONAL && !self.transaction.is_served() {
                        self.feed.withhold(it.epoch);
                    }
                }
                if let Some(observer) = self.policies.observer.as_mut().filter(|_| !names.is_empty()) {
                    observer.assigned(&names);
                }
            }
            Event::Revoked(token) => self.hold(token),
            Event::Lost(Lost { epochs }) => {
                self.spoil_with(&epochs);
                for epoch in &epochs {
                    self.lose(*epoch);
                    self.windows.remove(*epoch);
                }
                self.holds.retain(|hold| !hold.token.epochs().iter().all(|epoch| epochs.contains(epoch)));
                if let Some(observer) = &mut self.policies.observer {
                    observer.lost(&epochs);
                }
            }
            // What this release does not know of cannot concern it.
            _ => {}
        }
    }

    /// Has the handlers of an epoch dropped, and what waits discarded.
    pub(super) fn lose(&mut self, epoch: Epoch) {
        self.ended.push(epoch);
        self.must_discard = true;
        self.revocations.end(epoch);
    }

    /// Sends what is done and not sent. Returns whether there was anything.
    pub(super) fn send(&mut self, cx: &mut Context<'_>) -> bool {
        if self.is_refused {
            return false;
        }
        let done = self.windows.iter_mut().filter(|window| !window.is_fenced());
        let positions: Vec<_> = done.filter_map(|it| Some((it.epoch(), it.send()?))).collect();
        // Messages that are read again, after a seek, count with positions that were committed before.
        let has_others = C::TRANSACTIONAL && self.committer.has_unsent();
        if positions.is_empty() && !has_others {
            self.committer.nothing_to_send();
            return false;
        }
        self.committer.send(&self.commit, positions, self.feed.now());
        // Polled once, so that its answer wakes the task.
        self.take_answer(cx);
        true
    }

    fn take_answer(&mut self, cx: &mut Context<'_>) -> bool {
        let feed = &self.feed;
        let is_held = !self.holds.is_empty();
        let Poll::Ready(answer) = self.committer.poll_answer(|| feed.now(), is_held, cx) else {
            return false;
        };
        let (answers, latency) = match answer {
            Ok(answers) => answers,
            Err(error) => {
                self.transaction_failed(error);
                return true;
            }
        };
        if C::TRANSACTIONAL {
            self.transaction.committed();
        }
        self.report.commits += 1;
        let now = self.feed.now();
        let (mut messages, mut worst) = (0, Answered::Committed);
        for (epoch, answered) in &answers {
            if answered.badness() > worst.badness() {
                worst = *answered;
            }
            let Some(window) = self.windows.get_mut(*epoch) else { continue };
            match *answered {
                Answered::Committed => messages += window.committed(),
                Answered::Refused { parked } => {
                    window.refused();
                    let holds = self.holds.iter_mut().filter(|_| parked);
                    for hold in holds.filter(|hold| hold.token.epochs().contains(epoch)) {
                        hold.parked_since.get_or_insert(now);
                    }
                }
                Answered::Fenced => {
                    window.fence();
                    self.lose(*epoch);
                }
                Answered::Fatal(code) => {
                    window.refused();
                    self.is_refused = true;
                    self.wind_down();
                    self.failure.get_or_insert(Failure::Commit(code));
                }
            }
        }
        self.report.committed += messages;
        if let Some(observer) = &mut self.policies.observer {
            let partitions = answers.len();
            let class = match worst {
                Answered::Committed => CommitClass::Committed,
                Answered::Refused { parked: false } => CommitClass::Retriable,
                Answered::Refused { parked: true } => CommitClass::Parked,
                Answered::Fenced => CommitClass::Fenced,
                Answered::Fatal(code) => CommitClass::Fatal(code),
            };
            observer.committed(&CommitAnswered { latency, partitions, messages, class });
            self.tell_progress(|window| answers.iter().any(|(epoch, _)| *epoch == window.epoch()));
        }
        true
    }

    /// Tells the observer how far partitions have come.
    pub(super) fn tell_progress(&mut self, of: impl Fn(&Window) -> bool) {
        let Some(observer) = &mut self.policies.observer else { return };
        for window in self.windows.iter().filter(|window| of(window)) {
            let oldest = window.oldest(self.clock.now());
            observer.progress(&Progress {
                partition: window.partition(),
                epoch: window.epoch(),
                watermark: window.watermark(),
                behind: window.len(),
                running: window.running(),
                oldest: oldest.map(|(_, offset, ticks)| (offset, self.clock.age(ticks))),
            });
        }
    }
}
