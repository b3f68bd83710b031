//! The area of what stays behind: bytes for each message seen, and for each client started and dropped.
//!
//! The process reads its own live heap, every thread's and C's with it, before and after; the mock cluster and what writes to
//! it are in a process of their own. Both times it waits until the heap is at its least of some time, and before the first it
//! has warmed up:
//!
//! * `messages`: one consumer lives on, and reads 400,000 messages after its first 40,000, by thousands as they are written:
//!   borrowed, shared and detached in turn, and dropped;
//! * `clients`: 50 consumers after the first ten start, read a message and are dropped, each after the threads of the last
//!   have ended.

mod area;
mod case;
mod trial;

pub use area::AREA;
pub use case::{Growth, Unit};
pub use trial::Trial;
