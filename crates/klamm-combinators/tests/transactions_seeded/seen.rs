//! What a run has come to.

use std::ops::Add;

/// How often what has happened.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) released: u32,
    pub(crate) lost: u32,
    /// Positions that came for a generation that was over.
    pub(crate) stale: u32,
    pub(crate) restarts: u32,
    /// Restarts while a commit was under way.
    pub(crate) in_doubt: u32,
    pub(crate) undelivered: u32,
    pub(crate) refused: u32,
}

impl Add for Seen {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            released: self.released + other.released,
            lost: self.lost + other.lost,
            stale: self.stale + other.stale,
            restarts: self.restarts + other.restarts,
            in_doubt: self.in_doubt + other.in_doubt,
            undelivered: self.undelivered + other.undelivered,
            refused: self.refused + other.refused,
        }
    }
}

impl Seen {
    /// Sees to it that everything has happened, under so many seeds.
    pub(crate) fn is_enough(self, seeds: u32) {
        let often = [self.released, self.lost, self.restarts, self.undelivered, self.refused];
        assert!(often.iter().all(|times| *times > seeds / 2), "{self:?}");
        let rare = [self.stale, self.in_doubt];
        assert!(rare.iter().all(|times| *times > seeds / 10), "{self:?}");
    }
}
