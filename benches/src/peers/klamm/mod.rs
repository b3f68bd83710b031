//! Klamm's own consumer and producer.

mod dequeue;
mod gate;
mod idle;
mod keys;
mod live;
mod memory;
mod ownership;
mod partitions;
mod pipelines;
mod producer;
mod published;
mod streams;
mod tracker;
mod wake;

pub use dequeue::dequeue;
pub use idle::idle;
pub use keys::keys;
pub use live::live;
pub use memory::memory;
pub use ownership::ownership;
pub use partitions::partitions;
pub use pipelines::pipelines;
pub use producer::producer;
pub use published::published;
pub use streams::streams;
pub use tracker::tracker;
pub use wake::wake;
