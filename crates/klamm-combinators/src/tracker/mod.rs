//! What is done, and how far without a gap.
//!
//! Progress is counted in sequence numbers, one for each message that was started, and offsets are only looked up: gaps
//! that compaction or transaction markers leave in a log mean nothing here.

mod ring;
#[cfg(test)]
mod tests;
mod window;

pub(crate) use window::{Ticket, Window};
