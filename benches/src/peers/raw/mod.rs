//! Plain calls of the C library.
#![expect(unsafe_code, reason = "this is what the safe clients are compared to")]

mod client;
mod commits;
mod configuration;
mod dequeue;
mod live;
mod message;
mod ownership;
mod partitions;
mod pipelines;
mod producer;
mod queue;
mod streams;
mod wake;

pub use dequeue::dequeue;
pub use live::live;
pub use ownership::ownership;
pub use partitions::partitions;
pub use pipelines::pipelines;
pub use producer::producer;
pub use streams::streams;
pub use wake::wake;
