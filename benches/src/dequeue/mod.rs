//! The area of messages that wait in the local queue and are read one by one.
//!
//! The messages are written once. Every client starts afresh, waits until librdkafka has fetched all of them, and then
//! reads the length of each payload and drops the message: only that is measured.

mod area;
mod case;

pub use area::AREA;
pub use case::Reading;
