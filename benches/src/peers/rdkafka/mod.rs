//! The `rdkafka` crate's consumer and producers.

mod client;
mod dequeue;
mod idle;
mod live;
mod memory;
mod ownership;
mod partitions;
mod pipelines;
mod producer;
mod published;
mod streams;
mod wake;

pub use dequeue::dequeue;
pub use idle::idle;
pub use live::live;
pub use memory::memory;
pub use ownership::ownership;
pub use partitions::partitions;
pub use pipelines::pipelines;
pub use producer::{future_producer, future_producer_by_result, threaded_producer};
pub use published::published;
pub use streams::streams;
pub use wake::wake;
