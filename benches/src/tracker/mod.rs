//! The area of the tracker by itself: which messages of a partition are done, and how far without a gap.
//!
//! Messages are started in order and settled in shuffled order, with 1,000 of them open at most. On one thread, 1,000 are started
//! and then settled. On two, the measured thread starts messages and looks how far they are done, and the other settles
//! them: they are handed over 500 at a time, so that each has 500 to work on. Spinning for the other is in the time by the clock.
//!
//! `tree` is what is written by hand: a mutex and an ordered set of offsets.

mod area;
mod case;
mod one_thread;
mod shuffled;
mod track;
mod two_threads;

pub use area::AREA;
pub use case::{Scene, Threads, Tracking};
pub(crate) use one_thread::one_thread;
pub(crate) use track::Track;
pub(crate) use two_threads::two_threads;
