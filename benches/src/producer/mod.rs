//! The area of records that are sent, and of their delivery reports.
//!
//! The cluster is in a process of its own, so that the process's time on a processor is the client's: of the thread that
//! sends, of the one that reads reports if there is one, and of librdkafka's. Each client sends records of one partition, keeps
//! so many of them under way, and waits for the oldest whenever there are as many; it has heard of every delivery when it is
//! done. A case is named after the payload and how many are under way, with `linger.ms` in front where it is not 1.

mod area;
mod case;

pub use area::AREA;
pub use case::{Records, Sending};
