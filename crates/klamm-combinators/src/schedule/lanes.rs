//! Messages that wait for the one before them in their lane.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

/// The end of a list.
const NONE: usize = usize::MAX;

/// Messages that wait for the one before them in their lane.
///
/// A lane is known only while one of its messages runs, and only then can one wait in it: memory is bounded by what is
/// under way. The places of those that wait are used again.
#[derive(Debug)]
pub(super) struct Lanes<W> {
    busy: HashMap<u64, Line, BuildHasherDefault<AsItIs>>,
    places: Vec<Place<W>>,
    free: usize,
}

/// Who waits in a lane, from the first to the last.
#[derive(Clone, Copy, Debug)]
struct Line {
    first: usize,
    last: usize,
}

#[derive(Debug)]
struct Place<W> {
    waiting: Option<W>,
    next: usize,
}

impl<W> Lanes<W> {
    pub(super) fn new() -> Self {
        Self { busy: HashMap::default(), places: Vec::new(), free: NONE }
    }

    /// Tells whether a message of the lane runs.
    #[inline]
    pub(super) fn is_busy(&self, lane: u64) -> bool {
        !self.busy.is_empty() && self.busy.contains_key(&lane)
    }

    /// Notes that a message of the lane runs.
    pub(super) fn occupy(&mut self, lane: u64) {
        self.busy.insert(lane, Line { first: NONE, last: NONE });
    }

    /// Has a message wait in a lane in which another runs.
    pub(super) fn wait(&mut self, lane: u64, waiting: W) {
        let index = if self.free == NONE {
            self.places.push(Place { waiting: None, next: NONE });
            self.places.len() - 1
        } else {
            let free = self.free;
            self.free = self.places[free].next;
            free
        };
        self.places[index] = Place { waiting: Some(waiting), next: NONE };
        let line = self.busy.get_mut(&lane).expect("a message waits for another that runs");
        if line.first == NONE {
            line.first = index;
        } else {
            self.places[line.last].next = index;
        }
        line.last = index;
    }

    /// Takes the next message of a lane whose message has run. Without one the lane is forgotten.
    pub(super) fn next(&mut self, lane: u64) -> Option<W> {
        let line = self.busy.get_mut(&lane)?;
        if line.first == NONE {
            self.busy.remove(&lane);
            return None;
        }
        let index = line.first;
        let place = &mut self.places[index];
        line.first = std::mem::replace(&mut place.next, self.free);
        self.free = index;
        place.waiting.take()
    }

    /// Takes out those that wait and for which `keep` does not hold. The order of the others stays.
    pub(super) fn discard(&mut self, keep: impl Fn(&W) -> bool) -> Vec<W> {
        let Self { busy, places, free } = self;
        let mut discarded = Vec::new();
        for line in busy.values_mut() {
            let mut index = line.first;
            *line = Line { first: NONE, last: NONE };
            while index != NONE {
                let next = std::mem::replace(&mut places[index].next, NONE);
                match places[index].waiting.take_if(|waiting| !keep(waiting)) {
                    Some(waiting) => {
                        discarded.push(waiting);
                        places[index].next = std::mem::replace(free, index);
                    }
                    None if line.first == NONE => *line = Line { first: index, last: index },
                    None => {
                        places[line.last].next = index;
                        line.last = index;
                    }
                }
                index = next;
            }
        }
        discarded
    }
}

/// A lane is a hash, or a small number: it needs no hashing.
#[derive(Clone, Copy, Debug, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn write(&mut self, _: &[u8]) {
        unreachable!("a lane is a number");
    }

    fn write_u64(&mut self, lane: u64) {
        // The table looks at the upper bits too, which a small number does not have.
        self.0 = lane.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, VecDeque};

    use proptest::prelude::*;

    use super::Lanes;

    #[test]
    fn a_lane_is_forgotten_when_nothing_of_it_is_under_way() {
        let mut lanes = Lanes::new();
        lanes.occupy(7);
        lanes.wait(7, 'a');
        assert!(lanes.is_busy(7) && !lanes.is_busy(8));
        assert_eq!((lanes.next(7), lanes.next(7)), (Some('a'), None));
        assert!(!lanes.is_busy(7) && lanes.busy.is_empty());
    }

    proptest! {
        /// Lanes against a queue for each.
        #[test]
        fn each_lane_keeps_its_order(steps in prop::collection::vec((0..5_u64, 0..10_u8), 0..500)) {
            let mut lanes = Lanes::new();
            let mut oracle = BTreeMap::<u64, VecDeque<usize>>::new();
            for (number, (lane, action)) in steps.into_iter().enumerate() {
                match action {
                    0..5 if lanes.is_busy(lane) => {
                        lanes.wait(lane, number);
                        oracle.get_mut(&lane).unwrap().push_back(number);
                    }
                    0..5 => {
                        lanes.occupy(lane);
                        oracle.insert(lane, VecDeque::new());
                    }
                    5..9 => {
                        let expected = oracle.get_mut(&lane).and_then(VecDeque::pop_front);
                        if expected.is_none() {
                            oracle.remove(&lane);
                        }
                        prop_assert_eq!(lanes.next(lane), expected);
                    }
                    _ => {
                        let keep = |number: &usize| number % 3 != 0;
                        let mut discarded = lanes.discard(keep);
                        discarded.sort_unstable();
                        let mut expected: Vec<_> =
                            oracle.values().flatten().copied().filter(|number| !keep(number)).collect();
                        expected.sort_unstable();
                        for line in oracle.values_mut() {
                            line.retain(keep);
                        }
                        prop_assert_eq!(discarded, expected);
                    }
                }
                prop_assert_eq!(lanes.busy.len(), oracle.len());
            }
        }
    }
}
