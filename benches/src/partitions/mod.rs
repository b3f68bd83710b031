//! The area of the memory that each assigned partition takes.
//!
//! A consumer with some partitions and nothing to read gives way to one with more of them, and the live heap is looked at before
//! and after, when each has come to rest: the difference, divided by the number of partitions that came, is what one takes.
//! librdkafka's own are in it; *Rust bytes* are what is left without them. The cluster is in a process of its own.

mod area;
mod case;

pub use area::AREA;
pub use case::{Growth, Scene};
