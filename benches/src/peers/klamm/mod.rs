//! Klamm's own consumer.

mod dequeue;
mod memory;
mod ownership;

pub use dequeue::dequeue;
pub use memory::memory;
pub use ownership::ownership;
