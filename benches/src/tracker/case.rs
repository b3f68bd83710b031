//! How many messages are tracked, by how many threads.

use super::shuffled::shuffled;
use crate::{area::Case, measure::Work};

/// Messages that are open at most.
pub(super) const WINDOW: usize = 1_000;
/// How often so many are started and settled.
pub(super) const WINDOWS: usize = 1_000;

/// How many threads have the tracker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threads {
    /// One starts and settles.
    One,
    /// One starts, and another settles.
    Two,
}

/// How many threads track a million messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tracking {
    /// The name, as in `tracker/2threads`.
    pub name: &'static str,
    /// Who starts and settles.
    pub threads: Threads,
}

impl Case for Tracking {
    fn name(&self) -> &'static str {
        self.name
    }

    /// The bytes stand for the offset before which everything is done in the end.
    fn work(&self) -> Work {
        Work { messages: WINDOW * WINDOWS, bytes: WINDOW * WINDOWS }
    }
}

/// Who starts and settles, and in which order.
#[derive(Debug)]
pub struct Scene {
    /// Who starts and settles.
    pub threads: Threads,
    /// The places of a window, or of what is handed over, in the order in which they are settled; another order each time.
    pub(super) orders: Vec<Vec<u16>>,
}

impl Scene {
    pub(super) fn new(case: &Tracking) -> Self {
        let at_a_time = match case.threads {
            Threads::One => WINDOW,
            Threads::Two => WINDOW / 2,
        };
        Self { threads: case.threads, orders: shuffled(at_a_time) }
    }
}
