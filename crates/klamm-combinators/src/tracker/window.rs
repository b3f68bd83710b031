//! The progress of one assignment epoch.

use std::sync::Arc;

use klamm_core::{Epoch, Message, Position, TopicPartition};

use super::{
    Marks,
    ring::{Place, Ring},
};

/// One message that was delivered: its epoch, and its number therein.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    pub(crate) epoch: Epoch,
    pub(crate) sequence: u64,
}

/// The progress of one assignment epoch: what was delivered, what is done, and how far without a gap.
#[derive(Debug)]
pub(crate) struct Window {
    epoch: Epoch,
    partition: TopicPartition,
    ring: Ring,
    marks: Arc<Marks>,
    /// Where reading goes on, beyond the last message, while nothing is under way.
    rest: Option<Position>,
    /// The offset of the first message, if it was noted; negative if not.
    begins_at: i64,
    committed: Sent,
    sent: Sent,
    state: State,
    /// The source delivers nothing of it for now.
    pub(crate) is_withheld: bool,
    /// The message that was last reported to be stuck.
    pub(crate) reported: Option<u64>,
}

/// What was sent to the group: up to which offset, and how many messages that are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sent {
    offset: i64,
    messages: u64,
}

/// Whether messages are started, and whether what is done may be committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    /// Nothing more is started: it is being revoked, or one of its messages is stuck.
    Draining,
    /// The partition is not this member's any more.
    Fenced,
}

impl Window {
    pub(crate) fn new(epoch: Epoch, partition: TopicPartition) -> Self {
        let nothing = Sent { offset: -1, messages: 0 };
        Self {
            epoch,
            partition,
            ring: Ring::new(),
            marks: Arc::new(Marks::new()),
            rest: None,
            begins_at: -1,
            committed: nothing,
            sent: nothing,
            state: State::Open,
            is_withheld: false,
            reported: None,
        }
    }

    #[inline]
    pub(crate) fn epoch(&self) -> Epoch {
        self.epoch
    }

    pub(crate) fn partition(&self) -> &TopicPartition {
        &self.partition
    }

    /// Returns what whoever is done with a message marks.
    pub(crate) fn marks(&self) -> &Arc<Marks> {
        &self.marks
    }

    /// Notes that a message was delivered. Messages are delivered in the order of their offsets.
    #[inline]
    pub(crate) fn admit(&mut self, message: &impl Message, tick: u32) -> u64 {
        self.push(message.offset(), message.leader_epoch(), tick)
    }

    /// Notes that the message at an offset was delivered.
    #[inline]
    pub(crate) fn push(&mut self, offset: i64, leader_epoch: Option<i32>, tick: u32) -> u64 {
        self.ring.push(Place { offset, leader_epoch: leader_epoch.unwrap_or(-1), tick })
    }

    /// Notes that so many messages were delivered and are done, the last of them this one, while nothing is undone.
    pub(crate) fn pass(&mut self, messages: u64, offset: i64, leader_epoch: Option<i32>) {
        self.ring.pass(messages, Place { offset, leader_epoch: leader_epoch.unwrap_or(-1), tick: 0 });
    }

    /// Notes that a message is done.
    #[inline]
    pub(crate) fn settle(&mut self, sequence: u64) {
        if sequence == self.ring.tail() {
            self.ring.finish_oldest(&self.marks);
        } else if self.ring.get(sequence).is_some() {
            self.marks.set(sequence);
        }
    }

    /// Looks how far the messages are done that were marked elsewhere. Returns how many that added.
    pub(crate) fn advance(&mut self) -> u64 {
        let before = self.ring.tail();
        self.ring.advance(&self.marks);
        self.ring.tail() - before
    }

    /// Returns how many messages are worked on.
    pub(crate) fn running(&self) -> u64 {
        self.marks.running()
    }

    /// Returns how many messages there are from the oldest that is not done.
    #[inline]
    pub(crate) fn len(&self) -> u64 {
        self.ring.len()
    }

    /// Returns where to deliver from again, if something was delivered and is not done.
    pub(crate) fn unsettled(&self) -> Option<Position> {
        self.ring.oldest().map(|place| Position::at(place.offset))
    }

    /// Returns the number of the last message that is done and behind one that is not.
    pub(crate) fn last_done(&self) -> Option<u64> {
        self.ring.open().rev().find(|sequence| self.marks.is_set(*sequence))
    }

    /// Returns the offset of a message that was delivered and is not behind the watermark.
    pub(crate) fn offset_of(&self, sequence: u64) -> Option<i64> {
        self.ring.get(sequence).map(|place| place.offset)
    }

    /// Returns the number, the offset and the age in ticks of the oldest message that is not done.
    pub(crate) fn oldest(&self, now: u32) -> Option<(u64, i64, u32)> {
        let place = self.ring.oldest()?;
        Some((self.ring.tail(), place.offset, now.wrapping_sub(place.tick)))
    }

    /// Returns where to go on after what is done without a gap.
    pub(crate) fn watermark(&self) -> Option<Position> {
        let last = self.ring.last_done().map(|place| {
            Position::after(place.offset, (place.leader_epoch >= 0).then_some(place.leader_epoch))
        });
        match (last, self.rest) {
            (Some(last), Some(rest)) if last.offset() >= rest.offset() => Some(last),
            (last, rest) => rest.filter(|_| self.ring.len() == 0).or(last),
        }
    }

    /// Notes where reading goes on while nothing is under way, behind what is never delivered.
    pub(crate) fn rest_at(&mut self, position: Position) {
        self.rest = Some(position);
    }

    /// Returns what is done and was not sent, and counts it as sent.
    pub(crate) fn send(&mut self) -> Option<Position> {
        let position = self.watermark().filter(|position| position.offset() > self.sent.offset)?;
        self.sent = Sent { offset: position.offset(), messages: self.ring.done() };
        Some(position)
    }

    /// Notes that what was sent last is committed, and returns how many messages that added.
    pub(crate) fn committed(&mut self) -> u64 {
        let added = self.sent.messages - self.committed.messages;
        self.committed = self.sent;
        added
    }

    /// Notes that what was sent last is not committed, and must be sent again.
    pub(crate) fn refused(&mut self) {
        self.sent = self.committed;
    }

    /// Tells whether everything that is done is committed.
    pub(crate) fn is_committed(&self) -> bool {
        self.watermark().is_none_or(|position| position.offset() <= self.committed.offset)
    }

    /// Notes that nothing more is to be started.
    pub(crate) fn drain(&mut self) {
        if self.state == State::Open {
            self.state = State::Draining;
        }
    }

    /// Notes that nothing of this epoch can be committed any more.
    pub(crate) fn fence(&mut self) {
        self.state = State::Fenced;
        self.marks.close();
    }

    /// Tells whether messages may be started.
    #[inline]
    pub(crate) fn is_open(&self) -> bool {
        self.state == State::Open
    }

    /// Tells whether nothing of this epoch can be committed any more.
    pub(crate) fn is_fenced(&self) -> bool {
        self.state == State::Fenced
    }

    /// Notes, for [`take_back`](Self::take_back), which message is delivered next.
    #[inline]
    pub(crate) fn begin_at(&mut self, offset: i64) {
        if self.begins_at < 0 {
            self.begins_at = offset;
        }
    }

    /// Tells whether something was delivered that is not committed.
    pub(crate) fn has_uncommitted(&self) -> bool {
        self.ring.len() > 0 || self.ring.done() > self.committed.messages
    }

    /// Returns what was sent, if it is not known to be committed.
    pub(crate) fn in_doubt(&self) -> Option<Position> {
        (self.sent != self.committed).then(|| Position::at(self.sent.offset))
    }

    /// Forgets what is not committed, since it will be delivered again; whoever has some of it acknowledges nothing by that.
    /// Returns from where on, if something of it was delivered.
    pub(crate) fn take_back(&mut self) -> Option<Position> {
        let Sent { offset, messages } = self.committed;
        let has_some = self.has_uncommitted();
        let from = if offset < 0 { self.begins_at } else { offset };
        self.restart();
        self.ring.take_back(messages, offset);
        self.rest = None;
        self.sent = self.committed;
        has_some.then(|| Position::at(from))
    }

    /// Forgets what is not done, since it will be delivered again; whoever has some of it acknowledges nothing by that.
    pub(crate) fn restart(&mut self) {
        self.marks.close();
        self.marks = Arc::new(Marks::new());
        self.ring.forget();
    }
}

/// Whoever still has a message of an epoch that is over acknowledges nothing by that.
impl Drop for Window {
    fn drop(&mut self) {
        self.marks.close();
    }
}
