//! A client's configuration: librdkafka's keys, what is refused, and what is never shown.
//!
//! [`Config`] takes any key as text ([`Config::set`]). For what is set most there are setters with types, one file per
//! subject:
//!
//! * `connection`: brokers, names, timeouts of the connections;
//! * `security`: TLS and SASL;
//! * `consuming`: the group, fetching, what is kept in the queue;
//! * `producing`: acknowledgements, batches, retries, transactions;
//! * `diagnostics`: logs and statistics.

mod builder;
mod keys;
mod secret;

mod setter;
mod values;

mod connection;
mod consuming;
mod diagnostics;
mod producing;
mod security;

pub use builder::Config;
pub(crate) use keys::truth;
pub use keys::{CONSUMER_FORCED, Forced, PRODUCER_FORCED};
pub(crate) use secret::Secrets;
pub use values::{
    Acks, AssignmentStrategy, AutoOffsetReset, Compression, DebugContext, GroupProtocol, IsolationLevel,
    LogLevel, Partitioner, SaslMechanism, SecurityProtocol,
};
