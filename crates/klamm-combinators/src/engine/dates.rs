//! What is due at a time: commits, the end of holds, ages, rest, and the end of everything.

use std::{
    task::{Context, Poll},
    time::{Duration, Instant},
};

use klamm_core::{Epoch, Message, TopicPartition, contract::Feed};

use super::{ending::Failure, pipeline::Engine};
use crate::{Stall, committer::Commits, observe::Stalled};

impl<C: Commits, F: Feed<Message: Message>> Engine<C, F> {
    /// Does what is due, and arranges to be woken for what will be. To be called before waiting for anything else.
    pub(crate) fn poll_meanwhile(&mut self, cx: &mut Context<'_>) {
        self.tend(cx);
        while self.idle(cx) {}
    }

    /// Does what is due, and arranges to be woken for what will be. Returns whether something changed.
    pub(super) fn idle(&mut self, cx: &mut Context<'_>) -> bool {
        if self.advance(cx) || self.poll_signal(cx) {
            return true;
        }
        if self.credits.records() > 0 {
            let feed = &self.feed;
            self.clock.run(|| feed.now());
        }
        match self.next_date() {
            Some(at) if self.feed.poll_until(at, cx).is_ready() => {
                self.come_due(cx);
                true
            }
            Some(_) => false,
            None => self.come_to_rest(),
        }
    }

    /// Arranges to look where the partitions rest, some time after something was done, or was passed over unseen.
    fn come_to_rest(&mut self) -> bool {
        let has_moved = std::mem::take(&mut self.has_moved);
        if !has_moved && !self.feed.take_passed_over() {
            return false;
        }
        self.rest_at = self.feed.now().checked_add(self.policies.trigger.interval);
        true
    }

    fn next_date(&self) -> Option<Instant> {
        let is_urgent = self.is_stopping || !self.holds.is_empty();
        let commit = if self.committer.is_in_flight() || self.is_refused || self.is_transaction_closing() {
            None
        } else if is_urgent {
            self.committer.not_before()
        } else {
            self.committer.due()
        };
        let cuts = self.holds.iter().filter_map(|hold| hold.cut_at);
        let transaction = self.transaction_due();
        let others = [commit, transaction, self.clock.next(), self.rest_at, self.cut_at];
        cuts.chain(others.into_iter().flatten()).min()
    }

    fn come_due(&mut self, cx: &mut Context<'_>) {
        let now = self.feed.now();
        if self.cut_at.take_if(|at| *at <= now).is_some() {
            self.is_cut = true;
        }
        self.cut_holds(now);
        if self.clock.tick(now) {
            self.look_for_stalls();
            self.tell_progress(|window| window.len() > 0);
        }
        if self.rest_at.is_some_and(|at| at <= now) {
            self.look_at_rest(cx);
        }
        let commit = if self.is_stopping || !self.holds.is_empty() {
            self.committer.not_before()
        } else {
            self.committer.due()
        };
        if !self.committer.is_in_flight() && commit.is_some_and(|at| at <= now) {
            self.send_or_close(cx);
        }
    }

    /// Looks whether it is time to end in good order.
    fn poll_signal(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(drain) = &mut self.policies.drain else { return false };
        if drain.signal.as_mut().poll(cx).is_pending() {
            return false;
        }
        let within = drain.within;
        self.policies.drain = None;
        let now = self.feed.now();
        self.wind_down();
        // A fifth of the time is kept for the commit, and for leaving.
        self.cut_at = now.checked_add(within / 5 * 4);
        self.end_by = now.checked_add(within);
        self.must_leave = true;
        true
    }

    /// Looks where the partitions rest of which nothing is under way: behind what is never delivered, as transaction
    /// markers are, and commits that.
    fn look_at_rest(&mut self, cx: &mut Context<'_>) {
        self.rest();
        if !self.committer.is_in_flight() {
            self.send_or_close(cx);
        }
    }

    /// Sends what is done, or has the transaction end with which it is sent.
    fn send_or_close(&mut self, cx: &mut Context<'_>) {
        if C::TRANSACTIONAL {
            self.transaction.close();
            self.advance_transaction(cx);
        } else {
            self.send(cx);
        }
    }

    /// Notes where the partitions rest of which nothing is under way.
    pub(super) fn rest(&mut self) {
        self.rest_at = None;
        for window in self.windows.iter_mut().filter(|window| !window.is_fenced() && window.len() == 0) {
            if let Some(position) = self.feed.position(window.epoch()) {
                window.rest_at(position);
            }
        }
    }

    /// Reports the messages that are not done for too long, and does what the policy says.
    fn look_for_stalls(&mut self) {
        let Some((after, action)) = self.policies.stall else { return };
        let mut stalled = Vec::<(Epoch, TopicPartition, i64, Duration)>::new();
        for window in self.windows.iter_mut().filter(|window| !window.is_fenced()) {
            let Some((sequence, offset, ticks)) = window.oldest(self.clock.now()) else { continue };
            let age = self.clock.age(ticks);
            if age >= after && window.reported != Some(sequence) {
                window.reported = Some(sequence);
                stalled.push((window.epoch(), window.partition().clone(), offset, age));
            }
        }
        for (epoch, partition, offset, age) in stalled {
            tracing::warn!(target: "klamm", %partition, offset, ?age, "a message is not done for too long");
            if let Some(observer) = &mut self.policies.observer {
                observer.stalled(&Stalled { partition: &partition, offset, age });
            }
            if action == Stall::Warn {
                continue;
            }
            if let Some(window) = self.windows.get_mut(epoch) {
                window.drain();
            }
            self.feed.withhold(epoch);
            self.lose(epoch);
            if action == Stall::Leave {
                self.wind_down();
                self.failure.get_or_insert(Failure::Stalled { partition, offset, age });
            }
        }
    }

    /// Waits no longer than until everything is to be over.
    pub(super) fn poll_deadline(&mut self, deadline: Instant, cx: &mut Context<'_>) -> Poll<()> {
        if self.feed.now() >= deadline { Poll::Ready(()) } else { self.feed.poll_until(deadline, cx) }
    }
}
