//! What is done, and how far without a gap.
//!
//! Progress is counted in sequence numbers, one for each message that was delivered, and offsets are only looked up: gaps
//! that compaction or transaction markers leave in a log mean nothing here.
//!
//! * [`Ring`](ring::Ring) holds the offsets from the oldest message that is not done. It is the pipeline's alone.
//! * [`Marks`] holds a bit for each of them, set by whoever is done with one, on any thread and without a lock.
//! * [`Window`] is both for one assignment epoch, and what is sent and committed of it.

mod marks;
#[cfg(all(test, klamm_loom))]
mod models;
mod ring;
mod sync;
#[cfg(all(test, not(klamm_loom)))]
mod tests;
mod window;

pub(crate) use marks::{LIMIT, Marks};
pub(crate) use window::{Ticket, Window};
