//! The offsets of the messages that are not done, in the order they were delivered in.

use std::ops::Range;

use super::Marks;

/// A message's offset, the leader epoch it was written under, and when it was delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) offset: i64,
    /// Negative if the broker did not say.
    pub(super) leader_epoch: i32,
    /// By the pipeline's clock, which ticks only as often as somebody asks for ages.
    pub(super) tick: u32,
}

/// The least capacity. Always a power of two, so that a sequence number's place is a mask away.
const CAPACITY: usize = 64;

/// Places by sequence number, from `tail` (the oldest that is not done) to `head`.
///
/// The place before the tail is kept too: it is where the prefix that is done ends.
#[derive(Debug)]
pub(super) struct Ring {
    places: Box<[Place]>,
    tail: u64,
    head: u64,
    /// Messages before the tail that were forgotten rather than done.
    forgotten: u64,
}

impl Ring {
    pub(super) fn new() -> Self {
        Self { places: vec![Place::default(); CAPACITY].into(), tail: 0, head: 0, forgotten: 0 }
    }

    /// Returns how many places there are from the oldest that is not done.
    #[inline]
    pub(super) fn len(&self) -> u64 {
        self.head - self.tail
    }

    #[inline]
    pub(super) fn tail(&self) -> u64 {
        self.tail
    }

    /// Returns the oldest place that is not done.
    pub(super) fn oldest(&self) -> Option<Place> {
        (self.len() > 0).then(|| self.places[self.index(self.tail)])
    }

    /// Returns the last place of the prefix that is done, if anything is.
    pub(super) fn last_done(&self) -> Option<Place> {
        let last = self.tail.checked_sub(1).filter(|_| self.done() > 0)?;
        Some(self.places[self.index(last)])
    }

    /// Returns how many messages are done without a gap.
    pub(super) fn done(&self) -> u64 {
        self.tail - self.forgotten
    }

    /// Forgets the places that are not done.
    pub(super) fn forget(&mut self) {
        let last = self.last_done();
        self.forgotten += self.len();
        self.tail = self.head;
        if let Some(last) = last {
            let index = self.index(self.tail - 1);
            self.places[index] = last;
        }
    }

    /// Forgets the places behind so many that are done, the last of which is followed by this offset.
    pub(super) fn take_back(&mut self, done: u64, next: i64) {
        self.tail = self.head;
        self.forgotten = self.head - done;
        if done > 0 {
            let index = self.index(self.tail - 1);
            self.places[index] = Place { offset: next - 1, leader_epoch: -1, tick: 0 };
        }
    }

    /// Adds a place, and returns its sequence number.
    #[inline]
    pub(super) fn push(&mut self, place: Place) -> u64 {
        // One place is left for the end of what is done.
        if self.len() + 1 >= self.places.len() as u64 {
            self.grow();
        }
        let (sequence, index) = (self.head, self.index(self.head));
        self.places[index] = place;
        self.head += 1;
        sequence
    }

    /// Notes that so many more messages are done, the last of them here, while every place is done.
    pub(super) fn pass(&mut self, messages: u64, last: Place) {
        debug_assert_eq!(self.len(), 0, "what is passed lies behind nothing undone");
        self.head += messages;
        self.tail = self.head;
        let index = self.index(self.tail - 1);
        self.places[index] = last;
    }

    /// Notes that the oldest place is done, and moves over those behind it that are marked.
    #[inline]
    pub(super) fn finish_oldest(&mut self, marks: &Marks) {
        self.tail += 1;
        if self.tail < self.head {
            self.advance(marks);
        }
    }

    /// Moves over the oldest places, as far as they are marked.
    pub(super) fn advance(&mut self, marks: &Marks) {
        self.tail += marks.take_run(self.tail, self.len());
    }

    /// Returns the numbers of the places from the oldest that is not done.
    pub(super) fn open(&self) -> Range<u64> {
        self.tail..self.head
    }

    /// Returns a place, if it is one of those from the oldest that is not done.
    pub(super) fn get(&self, sequence: u64) -> Option<Place> {
        (self.tail..self.head).contains(&sequence).then(|| self.places[self.index(sequence)])
    }

    #[expect(clippy::cast_possible_truncation, reason = "the mask keeps it below the ring's length")]
    #[inline]
    fn index(&self, sequence: u64) -> usize {
        (sequence & (self.places.len() as u64 - 1)) as usize
    }

    /// Doubles the ring; a sequence number keeps its meaning.
    #[cold]
    fn grow(&mut self) {
        let places = vec![Place::default(); self.places.len() * 2].into();
        let mut bigger = Self { places, ..*self };
        for sequence in self.tail.saturating_sub(1)..self.head {
            let (from, to) = (self.index(sequence), bigger.index(sequence));
            bigger.places[to] = self.places[from];
        }
        *self = bigger;
    }
}
