//! What an engine does for those who acknowledge by hand, elsewhere and at any time.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use klamm_core::{Message, contract::Feed};

use super::{ending::Failure, pipeline::Engine};
use crate::{
    Report,
    committer::{Commits, Trigger},
    credits::Credits,
    policy::Policies,
    tracker::{Marks, Ticket},
};

impl<C: Commits, F: Feed<Message: Message>> Engine<C, F> {
    /// As [`new`](Engine::new), where what works on a message cannot be dropped.
    pub(crate) fn by_hand(commit: C, feed: F, policies: Policies) -> Self {
        let mut engine = Self::new(commit, feed, policies, Arc::default());
        engine.drops_handlers = false;
        engine
    }

    pub(crate) fn credits(&self) -> Arc<Credits> {
        Arc::clone(&self.credits)
    }

    pub(crate) fn set_trigger(&mut self, trigger: Trigger) {
        self.policies.trigger = trigger;
        self.committer.set_trigger(trigger);
    }

    /// Completes when another message may be held; has the task woken too when one is let go of.
    pub(crate) fn poll_credit(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.credits.poll_left(&self.policies.limits, cx)
    }

    /// Has the task woken when a message is let go of.
    pub(crate) fn watch_credit(&self, cx: &Context<'_>) {
        self.credits.watch(cx);
    }

    /// Returns what whoever is done with a message marks.
    pub(crate) fn marks(&self, ticket: Ticket) -> Option<Arc<Marks>> {
        self.windows.get(ticket.epoch).map(|window| Arc::clone(window.marks()))
    }

    /// Brings the windows up to what was marked: those whose slot, modulo 64, has a bit in `touched`.
    pub(crate) fn acknowledged(&mut self, touched: u64, counts: Report) {
        self.report += counts;
        // Nobody here can drop what works on a message.
        self.ended.clear();
        if touched == 0 {
            return;
        }
        let limit = self.policies.limits.per_partition as u64;
        let mut done = 0;
        for window in self.windows.touched(touched) {
            done += window.advance();
            if window.is_withheld {
                super::pipeline::serve_again(&mut self.feed, window, limit);
            }
        }
        self.has_moved |= done > 0;
        let feed = &self.feed;
        self.is_due |= self.committer.count_many(done, || feed.now());
    }

    /// Has the partition of a message, whose acknowledgement was dropped, read again from its oldest message on that is
    /// not done.
    pub(crate) fn redeliver(&mut self, ticket: Ticket) {
        let Some(window) = self.windows.get_mut(ticket.epoch) else { return };
        if !window.is_open() || window.offset_of(ticket.sequence).is_none() {
            return;
        }
        let Some(position) = window.unsettled() else { return };
        window.restart();
        if std::mem::take(&mut window.is_withheld) {
            self.feed.serve(ticket.epoch);
        }
        self.feed.rewind(ticket.epoch, position);
    }

    /// Stops the pipeline because the acknowledgement of a message was dropped.
    pub(crate) fn refuse_dropped(&mut self, ticket: Ticket) {
        let Some(window) = self.windows.get(ticket.epoch) else { return };
        let Some(offset) = window.offset_of(ticket.sequence) else { return };
        let partition = window.partition().clone();
        self.failure.get_or_insert(Failure::Dropped { partition, offset });
        self.wind_down();
    }

    /// Takes why the pipeline stops.
    pub(crate) fn take_failure(&mut self) -> Option<Failure> {
        self.failure.take()
    }

    /// Tells whether what is still worked on is not to be waited for.
    pub(crate) fn is_cut(&self) -> bool {
        self.is_cut
    }
}
