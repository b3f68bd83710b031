//! Plain calls of the C library.
#![expect(unsafe_code, reason = "this is what the safe clients are compared to")]

mod client;
mod configuration;
mod dequeue;
mod message;
mod ownership;
mod queue;

pub use dequeue::dequeue;
pub use ownership::ownership;
