//! A client's configuration: librdkafka's keys, what is refused, and what is never shown.

mod builder;
mod keys;
mod secret;

pub use builder::Config;
pub use keys::{CONSUMER_FORCED, Forced, PRODUCER_FORCED};
