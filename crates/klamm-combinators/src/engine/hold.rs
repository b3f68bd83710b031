//! Revokes that wait for the pipeline.

use std::time::{Duration, Instant};

use klamm_core::contract::{Feed, Revoked};

use super::pipeline::Engine;
use crate::{OnRevoke, committer::Commits, observe};

/// How long the commit of a held revoke is sent again while the group answers that it is between two generations, before
/// the revoke goes on without it. The next heartbeat would have brought the present one.
const PARKED_IN_HOLD: Duration = Duration::from_secs(10);

/// A revoke that waits for this pipeline.
#[derive(Debug)]
pub(super) struct Hold {
    pub(super) token: Revoked,
    pub(super) since: Instant,
    /// When its handlers are dropped, unless they were already.
    pub(super) cut_at: Option<Instant>,
    pub(super) is_cut: bool,
    /// Since when its commit is parked.
    pub(super) parked_since: Option<Instant>,
}

impl<C: Commits, F: Feed> Engine<C, F> {
    /// Starts nothing more of the partitions, and waits for what was started as the policy says.
    pub(super) fn hold(&mut self, token: Revoked) {
        let now = self.feed.now();
        for epoch in token.epochs() {
            if let Some(window) = self.windows.get_mut(*epoch) {
                window.drain();
            }
            self.revocations.end(*epoch);
        }
        self.must_discard = true;
        let cut_at = match self.policies.on_revoke {
            None | Some(OnRevoke::Detach) => None,
            Some(OnRevoke::Drain { deadline }) => Some(token.deadline().min(now + deadline)),
            Some(OnRevoke::Cancel) => {
                self.ended.extend(token.epochs());
                self.spoil_with(token.epochs());
                None
            }
        };
        self.holds.push(Hold { token, since: now, cut_at, is_cut: false, parked_since: None });
    }

    /// Tells whether somebody waits for what was started: a revoke, the end of a transaction, or who waits for the end.
    pub(crate) fn is_waited_for(&self) -> bool {
        self.is_stopping || !self.holds.is_empty() || self.is_transaction_closing()
    }

    /// Tells whether nothing of a hold's partitions is waited for.
    pub(super) fn is_drained(&self, hold: &Hold) -> bool {
        let mut windows = hold.token.epochs().iter().filter_map(|epoch| self.windows.get(*epoch));
        let is_let_go = self.policies.on_revoke == Some(OnRevoke::Detach);
        is_let_go
            || hold.is_cut && !self.drops_handlers
            || windows.all(|window| window.running() == 0 || window.is_fenced())
    }

    /// Lets go of the revokes whose partitions are drained and committed.
    pub(super) fn release_holds(&mut self) {
        let mut index = 0;
        while let Some(hold) = self.holds.get(index) {
            if !self.is_drained(hold) {
                index += 1;
                continue;
            }
            // What was marked elsewhere before nobody worked on anything any more: looked at after that.
            let windows = &mut self.windows;
            let done =
                hold.token.epochs().iter().filter_map(|it| Some(windows.get_mut(*it)?.advance())).sum();
            let feed = &self.feed;
            self.committer.count_many(done, || feed.now());
            let mut windows = hold.token.epochs().iter().filter_map(|epoch| self.windows.get(*epoch));
            let is_committed = windows.all(|window| window.is_committed() || window.is_fenced());
            let is_parked_long = |since: Instant| self.feed.now() - since > PARKED_IN_HOLD;
            let is_given_up = self.is_refused || hold.parked_since.is_some_and(is_parked_long);
            if is_committed || is_given_up {
                let hold = self.holds.swap_remove(index);
                for epoch in hold.token.epochs() {
                    self.windows.remove(*epoch);
                }
                self.report.revokes += 1;
                if let Some(observer) = &mut self.policies.observer {
                    let held = self.feed.now() - hold.since;
                    observer.revoked(&observe::Revoke { epochs: hold.token.epochs(), held, is_committed });
                }
            } else {
                index += 1;
            }
        }
    }

    /// Drops the handlers of the revokes that have waited for them long enough.
    pub(super) fn cut_holds(&mut self, now: Instant) {
        let mut cut = Vec::new();
        for hold in &mut self.holds {
            if hold.cut_at.take_if(|cut_at| *cut_at <= now).is_some() {
                hold.is_cut = true;
                cut.extend(hold.token.epochs());
            }
        }
        self.spoil_with(&cut);
        self.ended.append(&mut cut);
    }
}
