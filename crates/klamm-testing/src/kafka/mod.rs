//! A real cluster that is already there: using it, arranging it, and breaking it.

mod arrange;
mod cluster;
mod fault;
mod log;
mod wire;

pub use cluster::KafkaCluster;
pub use fault::Fault;
