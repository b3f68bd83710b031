//! The `rdkafka` crate's consumer.

mod client;
mod dequeue;
mod ownership;

pub use dequeue::dequeue;
pub use ownership::ownership;
