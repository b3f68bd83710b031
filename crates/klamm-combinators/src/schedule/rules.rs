//! How many handlers run at once, and which messages wait for each other.

use klamm_core::Message;

use crate::error::Invalid;

/// A schedule that runs handlers at once.
#[expect(private_bounds, reason = "the schedules are those of this crate")]
pub trait Concurrent: Rules {}

impl<K: Rules> Concurrent for K {}

/// How many handlers run at once, and which messages wait for each other.
pub(crate) trait Rules {
    /// Whether messages can wait for each other at all.
    const ORDERED: bool;

    /// Says why it cannot work.
    fn check(&self) -> Result<(), Invalid>;

    /// Returns how many handlers run at once; as many as there are lanes if it is `None`.
    fn at_once(&self) -> Option<usize>;

    /// Returns the lane of a message: of one lane, one runs at a time. Without a lane it waits for no other.
    fn lane(&self, message: &impl Message) -> Option<u64>;
}
