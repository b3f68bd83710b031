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
    /// The offset after all that was taken, or -1; what was outdated is not taken.
    end: i64,
}

/// A batch in a reader's hand.
#[derive(Debug)]
struct Held {
    hand: Hand,
    /// The offset it begins at, or -1 if it holds errors only and nothing was taken before.
    first: i64,
    /// Nothing more of it is delivered, but for the message that its reader may be returning just now.
    is_outdated: bool,
}

impl Held {
    /// The offset that is to be delivered next.
    fn next(&self) -> i64 {
        match self.hand.delivered() {
            -1 => self.first,
            delivered => Position::after(delivered, None).offset(),
        }
    }
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
        let first = batch.first_offset().unwrap_or(self.end);
        self.out.push(Held { hand: hand.clone(), first, is_outdated: false });
    }

    /// Forgets what a reader had. Returns whether that was still to be delivered.
    pub(super) fn finish(&mut self, hand: &Hand) -> bool {
        let Some(index) = self.out.iter().position(|held| held.hand.is(hand)) else { return false };
        let held = self.out.swap_remove(index);
        if held.is_outdated {
            self.end = lowest([held.next(), self.end]);
        }
        !held.is_outdated
    }

    /// Outdates all that was taken and not delivered. What readers have is theirs to free, the rest is returned.
    ///
    /// The position stays before what was not delivered. A reader that has looked before may still return one message: it
    /// counts as delivered.
    #[must_use]
    pub(super) fn outdate(&mut self) -> VecDeque<Batch> {
        self.end = lowest(self.returned.iter().filter_map(Batch::first_offset).chain([self.end]));
        for held in &mut self.out {
            held.hand.outdate();
            held.is_outdated = true;
        }
        std::mem::take(&mut self.returned)
    }

    /// Sets where the partition is read next, if that is known, after all was outdated.
    pub(super) fn set_next(&mut self, offset: Option<i64>) {
        self.out.clear();
        self.end = offset.unwrap_or(-1);
    }

    /// Holds back what is in readers' hands, or lets them go on.
    pub(super) fn pause(&self, is_paused: bool) {
        for held in self.out.iter().filter(|held| !held.is_outdated) {
            held.hand.pause(is_paused);
        }
    }

    /// Tells whether a reader has taken or given back what is not delivered yet.
    pub(super) fn has_undelivered(&self) -> bool {
        self.next() < self.end
    }

    /// Returns the lowest offset that is still to be delivered, or -1 if nothing was taken.
    pub(super) fn next(&self) -> i64 {
        let returned = self.returned.iter().filter_map(Batch::first_offset);
        lowest(self.out.iter().map(Held::next).chain(returned).chain([self.end]))
    }
}

/// Returns the lowest of these offsets, leaving out those that are not known, or -1.
fn lowest(offsets: impl IntoIterator<Item = i64>) -> i64 {
    offsets.into_iter().filter(|offset| *offset >= 0).min().unwrap_or(-1)
}

#[cfg(test)]
mod tests {
    use klamm_core::{Config, native::Client};

    use super::*;

    /// A reader that holds the messages from 10 to 19, and has delivered 12.
    fn delivering() -> (Handed, Hand) {
        let client = Client::consumer(&Config::new().group_id("group")).unwrap();
        let (mut handed, hand) = (Handed::new(), Hand::new());
        handed.taken_through(9);
        handed.hand_out(&hand, &Batch::new(&client));
        handed.taken_through(19);
        hand.deliver(12);
        (handed, hand)
    }

    #[test]
    fn a_message_that_is_being_returned_when_delivery_stops_is_delivered() {
        let (mut handed, hand) = delivering();
        assert_eq!(handed.next(), 13);
        drop(handed.outdate());
        assert_eq!(handed.next(), 13);
        hand.deliver(13);
        assert_eq!(handed.next(), 14);
        assert!(!handed.finish(&hand), "what is left of it is not given back");
        assert_eq!(handed.next(), 14);
    }

    #[test]
    fn what_is_outdated_stays_so_through_a_pause() {
        let (mut handed, hand) = delivering();
        drop(handed.outdate());
        handed.pause(true);
        handed.pause(false);
        assert!(!hand.is_current());
    }

    #[test]
    fn a_position_that_was_set_is_not_moved_by_what_was_held_before() {
        let (mut handed, hand) = delivering();
        drop(handed.outdate());
        handed.set_next(Some(500));
        hand.deliver(13);
        assert!(!handed.finish(&hand));
        assert_eq!(handed.next(), 500);
    }
}
