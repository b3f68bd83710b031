//! Plain calls of the C library.
#![expect(unsafe_code, reason = "this is what the safe clients are compared to")]

mod client;
mod configuration;
mod dequeue;
mod queue;

pub use dequeue::dequeue;
