//! Klamm's own consumer.

mod dequeue;

pub use dequeue::dequeue;
