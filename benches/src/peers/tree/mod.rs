//! What is written by hand over Klamm's stream: a mutex and an ordered set of offsets for each partition.

mod pipelines;
mod progress;
mod tracker;

pub use pipelines::pipelines;
pub use tracker::tracker;
