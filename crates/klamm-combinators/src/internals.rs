//! The tracker by itself, for the benchmarks: no part of the interface.

use std::sync::Arc;

use klamm_core::{Epoch, Message, Position, TopicPartition};

use crate::tracker::{Marks, Window};

/// The progress of one partition.
#[derive(Debug)]
pub struct Tracker(Window);

/// A message that was started.
#[derive(Clone, Copy, Debug)]
pub struct Started(u64);

/// What those acknowledge with who are on other threads.
#[derive(Clone, Debug)]
pub struct Elsewhere(Arc<Marks>);

impl Tracker {
    /// Makes the tracker of a partition of which nothing was started.
    pub fn new(epoch: Epoch) -> Self {
        Self(Window::new(epoch, TopicPartition::new("tracked", 0)))
    }

    /// Notes that a message is started.
    #[inline]
    pub fn start(&mut self, message: &impl Message) -> Started {
        Started(self.0.admit(message, 0))
    }

    /// Notes that a message is done, and looks how far everything is.
    #[inline]
    pub fn settle(&mut self, started: Started) {
        self.0.settle(started.0);
    }

    /// Returns what other threads acknowledge with.
    pub fn elsewhere(&self) -> Elsewhere {
        Elsewhere(Arc::clone(self.0.marks()))
    }

    /// Looks how far everything is that was acknowledged elsewhere.
    pub fn advance(&mut self) {
        self.0.advance();
    }

    /// Returns how far everything is done, if that is farther than when it was last asked for.
    pub fn take_watermark(&mut self) -> Option<Position> {
        self.0.send()
    }
}

impl Elsewhere {
    /// Notes that a message is done.
    #[inline]
    pub fn settle(&self, started: Started) {
        let _ = self.0.set(started.0);
    }
}
