//! The `rdkafka` crate's consumer.

mod client;
mod dequeue;
mod memory;
mod ownership;

pub use dequeue::dequeue;
pub use memory::memory;
pub use ownership::ownership;
