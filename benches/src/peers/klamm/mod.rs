//! Klamm's own consumer.

mod dequeue;
mod ownership;

pub use dequeue::dequeue;
pub use ownership::ownership;
