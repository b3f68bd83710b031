//! The `rdkafka` crate's consumer.

mod client;
mod dequeue;

pub use dequeue::dequeue;
