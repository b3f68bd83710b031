//! Ways to Kafka's messages that are compared, one file each.

pub mod klamm;
pub mod raw;
pub mod rdkafka;
pub mod tree;

mod drain;
mod handled;
mod wait;
mod workers;
