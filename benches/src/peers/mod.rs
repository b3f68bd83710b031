//! Ways to Kafka's messages that are compared, one file each.

pub mod klamm;
pub mod raw;
pub mod rdkafka;

mod drain;
mod wait;
mod workers;
