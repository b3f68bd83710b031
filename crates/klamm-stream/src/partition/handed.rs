//! What readers have taken of a partition and not finished, what they gave back, and the position that follows.

use std::collections::VecDeque;

use klamm_core::{Position, native::Batch};

use super::hand::Hand;

/// How many readers of one partition there is room for from the start: handing a batch out to one allocates nothing.
const READERS: usize = 1;

/// What readers have taken of a partition and not finished, what they gave back, and the position that follows.
#[derive(Debug)]
pub(super) struct Handed {
    /// Batches in readers' hands.
    out: Vec<Held>,
    /// What readers gave back, in order.
    returned: VecDeque<Batch>,
    /// The offset after all that was taken, or -1.
    end: i64,
}

/// A batch in a reader's hand.
#[derive(Debug)]
struct Held {
    hand: Hand,
    /// The offset it begins at, or -1 if it holds errors only and nothing was taken before.
    first: i64,
}

impl Handed {
    pub(super) fn new() -> Self {
        Self { out: Vec::with_capacity(READERS), returned: VecDeque::new(), end: -1 }
    }

    /// Takes out what was given back first, if anything was.
    pub(super) fn take_returned(&mut self) -> Option<Batch> {
        self.returned.pop_front()
    }

    /// Puts a batch in its place among those that were given back.
    pub(super) fn put_back(&mut self, batch: Batch) {
        // What holds nothing but an error comes after the messages before it.
        let first = |batch: &Batch| batch.first_offset().unwrap_or(i64::MAX);
        let after = self.returned.iter().position(|other| first(other) > first(&batch));
        self.returned.insert(after.unwrap_or(self.returned.len()), batch);
    }

    /// Notes how far messages were taken from the queue; -1 if none was.
    pub(super) fn taken_through(&mut self, offset: i64) {
        if offset >= 0 {
            self.end = Position::after(offset, None).offset();
        }
    }

    /// Notes that a reader has a batch in its hand.
    pub(super) fn hand_out(&mut self, hand: &Hand, batch: &Batch) {
        hand.begin();
        self.out.push(Held { hand: hand.clone(), first: batch.first_offset().unwrap_or(self.end) });
    }

    /// Forgets what a reader had. Returns whether that was still to be delivered.
    pub(super) fn finish(&mut self, hand: &Hand) -> bool {
        let before = self.out.len();
        self.out.retain(|held| !held.hand.is(hand));
        self.out.len() < before
    }

    /// Outdates all that was taken and not delivered. What readers have is theirs to free, the rest is returned.
    ///
    /// The position stays before what was not delivered.
    #[must_use]
    pub(super) fn outdate(&mut self) -> VecDeque<Batch> {
        self.end = self.next();
        for held in self.out.drain(..) {
            held.hand.outdate();
        }
        std::mem::take(&mut self.returned)
    }

    /// Sets where the partition is read next, if that is known.
    pub(super) fn set_next(&mut self, offset: Option<i64>) {
        self.end = offset.unwrap_or(-1);
    }

    /// Holds back what is in readers' hands, or lets them go on.
    pub(super) fn pause(&self, is_paused: bool) {
        for held in &self.out {
            held.hand.pause(is_paused);
        }
    }

    /// Tells whether a reader has taken or given back what may not be delivered yet.
    pub(super) fn is_empty(&self) -> bool {
        self.out.is_empty() && self.returned.is_empty()
    }

    /// Returns the lowest offset that is still to be delivered, or -1 if nothing was taken.
    pub(super) fn next(&self) -> i64 {
        let held = self.out.iter().map(|held| match held.hand.delivered() {
            -1 => held.first,
            delivered => Position::after(delivered, None).offset(),
        });
        let returned = self.returned.iter().filter_map(Batch::first_offset);
        held.chain(returned).min().unwrap_or(self.end)
    }
}
