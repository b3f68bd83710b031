//! The area of messages that wait in the local queues of many partitions, read through a stream and one by one.
//!
//! As [`dequeue`](crate::dequeue), with as many partitions as a consumer may have, and with `recv` beside the stream. With more
//! partitions each has fewer messages, so that what a change of partition costs is spread over fewer of them.

mod area;
mod case;

pub use area::AREA;
pub use case::{Reading, Scene, Way};
