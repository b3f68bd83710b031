//! librdkafka's and Kafka's error codes.

mod number;

mod broker;
mod local;

mod class;

pub use number::ErrorCode;

#[cfg(test)]
mod tests;
