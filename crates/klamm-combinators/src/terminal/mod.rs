//! How a pipeline is run.

mod enqueue;
mod process;
mod produce_to;
