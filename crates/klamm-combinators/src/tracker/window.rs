//! The progress of one assignment epoch.

use klamm_core::{Epoch, Message, Position};

use super::ring::{Place, Ring};

/// One message that was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    pub(crate) epoch: Epoch,
    sequence: u64,
}

/// The progress of one assignment epoch: what was started, what is done, and how far without a gap.
#[derive(Debug)]
pub(crate) struct Window {
    epoch: Epoch,
    ring: Ring,
    /// Started and neither done nor given up.
    running: u64,
    /// Where the prefix that is done ends.
    watermark: Option<Position>,
    /// Messages in that prefix.
    done: u64,
    /// Messages in the prefix that is committed, and in the one that was sent last.
    committed: u64,
    sent: u64,
    /// The partition is not this member's any more.
    is_fenced: bool,
}

impl Window {
    pub(crate) fn new(epoch: Epoch) -> Self {
        let ring = Ring::default();
        Self { epoch, ring, running: 0, watermark: None, done: 0, committed: 0, sent: 0, is_fenced: false }
    }

    pub(crate) fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Notes that a message is started. Messages are started in the order of their offsets.
    #[inline]
    pub(crate) fn start(&mut self, message: &impl Message) -> Ticket {
        let place = Place { offset: message.offset(), leader_epoch: message.leader_epoch() };
        self.running += 1;
        Ticket { epoch: self.epoch, sequence: self.ring.push(place) }
    }

    /// Notes that a message is done.
    #[inline]
    pub(crate) fn settle(&mut self, ticket: Ticket) {
        self.running -= 1;
        if let Some(Place { offset, leader_epoch }) = self.ring.finish(ticket.sequence) {
            self.watermark = Some(Position::after(offset, leader_epoch));
            self.done = self.ring.tail();
        }
    }

    /// Notes that a message is no longer worked on, and not done.
    pub(crate) fn give_up(&mut self) {
        self.running -= 1;
    }

    /// Returns how many messages are being worked on.
    pub(crate) fn running(&self) -> u64 {
        self.running
    }

    /// Returns how many messages there are from the oldest that is not done.
    pub(crate) fn len(&self) -> u64 {
        self.ring.len()
    }

    /// Returns where to deliver from again, if something was started and is not done.
    pub(crate) fn unsettled(&self) -> Option<Position> {
        self.ring.oldest().map(|place| Position::at(place.offset))
    }

    /// Returns what is done and was not sent, and counts it as sent.
    pub(crate) fn send(&mut self) -> Option<Position> {
        if self.sent == self.done {
            return None;
        }
        self.sent = self.done;
        self.watermark
    }

    /// Notes that what was sent last is committed, and returns how many messages that added.
    pub(crate) fn committed(&mut self) -> u64 {
        let added = self.sent - self.committed;
        self.committed = self.sent;
        added
    }

    /// Notes that what was sent last is not committed, and must be sent again.
    pub(crate) fn refused(&mut self) {
        self.sent = self.committed;
    }

    /// Notes that nothing of this epoch can be committed any more.
    pub(crate) fn fence(&mut self) {
        self.is_fenced = true;
    }

    /// Tells whether nothing of this epoch can be committed any more.
    #[inline]
    pub(crate) fn is_fenced(&self) -> bool {
        self.is_fenced
    }

    /// Tells whether everything that is done is committed.
    pub(crate) fn is_committed(&self) -> bool {
        self.committed == self.done
    }
}
