//! Messages that are done as soon as they are taken.

use klamm_core::{
    Epoch, Message,
    contract::{Feed, InHand},
};

use super::pipeline::Engine;
use crate::{
    Outcome,
    committer::Commits,
    tracker::{Ticket, Window},
};

/// Messages in hand that are done as soon as they are taken, one after the other, with nothing of their epoch undone before
/// them: noted in its window together, before anything looks there.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Run {
    of: Option<InHand>,
    /// With how many messages a commit is due.
    due_with: u64,
    /// How many of those are not done.
    left: u64,
    /// How many of those that are done were skipped.
    skipped: u64,
    /// The offset of the last that was taken.
    taken: i64,
    /// The offset of the last that is done.
    done: i64,
}

impl Run {
    fn new(of: InHand, due_with: u64) -> Self {
        Self { of: Some(of), due_with, left: due_with, skipped: 0, taken: -1, done: -1 }
    }

    /// Tells whether there is a run.
    #[inline]
    pub(super) fn is_open(&self) -> bool {
        self.of.is_some()
    }

    /// Notes that the next message was taken.
    #[inline]
    pub(super) fn take(&mut self, offset: i64) {
        self.taken = offset;
    }

    /// Notes that the message that was taken is done. Returns whether a commit is due with it.
    #[inline]
    fn finish(&mut self) -> bool {
        self.done = self.taken;
        self.left -= 1;
        self.left == 0
    }

    /// Returns the epoch that the run is of.
    pub(super) fn epoch(&self) -> Option<Epoch> {
        self.of.map(|of| of.epoch)
    }

    /// Returns the offset of the message that was taken, if it is neither done nor noted in the window.
    pub(super) fn taken(&self) -> Option<i64> {
        (self.taken != self.done).then_some(self.taken)
    }
}

impl<C: Commits, F: Feed<Message: Message>> Engine<C, F> {
    /// Begins a run with what is in hand, unless something of its epoch is undone, or may not be started.
    #[cold]
    pub(super) fn begin_run(&mut self) -> bool {
        // In a transaction each message needs its place, so that it can be taken back.
        if C::TRANSACTIONAL || self.is_due || self.is_stopping {
            return false;
        }
        let Some(of) = self.feed.in_hand() else { return false };
        let may_run = |window: &Window| window.is_open() && !window.is_withheld && window.len() == 0;
        if !self.windows.get(of.epoch).is_some_and(may_run) {
            return false;
        }
        let due_with = self.committer.due_with(|| self.feed.now());
        self.run = Run::new(of, due_with);
        true
    }

    /// Notes that the message in hand was handled.
    #[expect(clippy::inline_always, reason = "a call costs as much as what it does, for each message")]
    #[inline(always)]
    pub(crate) fn settle_in_hand(&mut self, outcome: Outcome) {
        if let Outcome::Skip(reason) = outcome {
            self.skip(reason);
            self.run.skipped += 1;
        }
        if self.run.finish() {
            self.note_run();
        }
    }

    /// Gives the message in hand a place in its window: it is not done at once. This ends the run.
    ///
    /// # Panics
    ///
    /// If none was taken.
    #[cold]
    pub(crate) fn admit_in_hand(&mut self) -> Ticket {
        let (of, offset) = self.run.of.zip(self.run.taken()).expect("a message in hand was taken");
        self.note_run();
        let window = self.windows.get_mut(of.epoch).expect("a run's window is there until it is noted");
        let sequence = window.push(offset, of.leader_epoch, self.clock.now());
        Ticket { epoch: of.epoch, sequence }
    }
}

impl<C: Commits, F: Feed> Engine<C, F> {
    /// Notes what is done of the run in its window, and ends the run.
    #[cold]
    pub(super) fn note_run(&mut self) {
        let Run { of, due_with, left, skipped, done: last, .. } = std::mem::take(&mut self.run);
        let done = due_with - left;
        let Some(of) = of.filter(|_| done > 0) else { return };
        if let Some(window) = self.windows.get_mut(of.epoch) {
            window.pass(done, last, of.leader_epoch);
        }
        self.report.processed += done - skipped;
        self.has_moved = true;
        let feed = &self.feed;
        self.is_due |= self.committer.count_many(done, || feed.now());
    }
}
