//! A ring of positions with a bit for each that is done.

/// Bits in a word.
const BITS: usize = 64;

/// The offset of a message and the leader epoch it was written under.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) offset: i64,
    pub(super) leader_epoch: Option<i32>,
}

/// Places by sequence number, from `tail` (the oldest that is not done) to `head`, with a bit for each that is done.
#[derive(Debug, Default)]
pub(super) struct Ring {
    places: Box<[Place]>,
    done: Box<[u64]>,
    tail: u64,
    head: u64,
}

impl Ring {
    /// Returns how many places there are from the oldest that is not done.
    pub(super) fn len(&self) -> u64 {
        self.head - self.tail
    }

    pub(super) fn tail(&self) -> u64 {
        self.tail
    }

    /// Returns the oldest place that is not done.
    pub(super) fn oldest(&self) -> Option<Place> {
        (self.len() > 0).then(|| self.places[self.index(self.tail)])
    }

    /// Adds a place, and returns its sequence number.
    pub(super) fn push(&mut self, place: Place) -> u64 {
        if self.len() == self.places.len() as u64 {
            self.grow();
        }
        let (sequence, index) = (self.head, self.index(self.head));
        self.places[index] = place;
        self.head += 1;
        sequence
    }

    /// Marks a place done. Returns the last place of the prefix that is done now, if that prefix grew.
    pub(super) fn finish(&mut self, sequence: u64) -> Option<Place> {
        if !(self.tail..self.head).contains(&sequence) {
            return None;
        }
        let index = self.index(sequence);
        self.done[index / BITS] |= 1 << (index % BITS);
        if sequence != self.tail {
            return None;
        }
        let mut last = index;
        while self.tail < self.head {
            let index = self.index(self.tail);
            let shift = index % BITS;
            // As many as are done in a row, within this word and what was started.
            let word = &mut self.done[index / BITS];
            let run = u64::from((*word >> shift).trailing_ones()).min(self.head - self.tail);
            if run == 0 {
                break;
            }
            *word &= !((u64::MAX >> (64 - run)) << shift);
            self.tail += run;
            last = self.index(self.tail - 1);
        }
        Some(self.places[last])
    }

    #[expect(clippy::cast_possible_truncation, reason = "the mask keeps it below the ring's length")]
    fn index(&self, sequence: u64) -> usize {
        (sequence & (self.places.len() as u64 - 1)) as usize
    }

    /// Doubles the ring; a sequence number keeps its meaning.
    #[cold]
    fn grow(&mut self) {
        let capacity = (self.places.len() * 2).max(BITS);
        let mut bigger = Self {
            places: vec![Place::default(); capacity].into(),
            done: vec![0; capacity / BITS].into(),
            tail: self.tail,
            head: self.head,
        };
        for sequence in self.tail..self.head {
            let (from, to) = (self.index(sequence), bigger.index(sequence));
            bigger.places[to] = self.places[from];
            let is_done = self.done[from / BITS] >> (from % BITS) & 1;
            bigger.done[to / BITS] |= is_done << (to % BITS);
        }
        *self = bigger;
    }
}
