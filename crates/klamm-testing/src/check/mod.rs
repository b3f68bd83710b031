//! What must hold of every pipeline, whatever happens to it: one checker for each invariant.
//!
//! Each reads a [`History`](crate::history::History) and says what it finds against it first. Which of them apply is for the
//! caller to know: [`repeats_nothing`] holds of clean restarts, [`lanes`] of pipelines that keep an order.
//!
//! That outputs and offsets of a transaction are committed together (I10), that no message allocates (the other half of I13)
//! and that memory is bounded (I14) cannot be seen in a history.

mod violation;

mod at_least_once;
mod copies;
mod credits;
mod fence;
mod hand_over;
mod hold;
mod lanes;
mod polls;
mod progress;
mod repeats;
mod rising;
mod shutdown;
mod watermark;

#[cfg(test)]
mod story;

pub use at_least_once::at_least_once;
pub use copies::copies_nothing;
pub use credits::credits;
pub use fence::fence;
pub use hand_over::hand_over;
pub use hold::hold;
pub use lanes::{Lane, lanes};
pub use polls::polls;
pub use progress::progress;
pub use repeats::{repeats_nothing, repeats_nothing_committed};
pub use rising::rising;
pub use shutdown::shutdown;
pub use violation::{Invariant, Violation};
pub use watermark::watermark;
