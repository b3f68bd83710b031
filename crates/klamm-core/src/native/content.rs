//! Records on their way out, and those that come back.

use std::sync::Arc;

use bytes::Bytes;

use crate::message::OwnedHeaders;

/// A record on its way out, without its topic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// The partition, or `None` to leave the choice to the partitioner.
    pub partition: Option<i32>,
    /// The key, which librdkafka copies.
    pub key: Option<Bytes>,
    /// The payload, which librdkafka borrows; `None` is a tombstone.
    pub payload: Option<Bytes>,
    /// The creation time in milliseconds since 1970; `None`, and 0 as well, is now.
    pub timestamp: Option<i64>,
    /// The headers, which librdkafka copies.
    pub headers: OwnedHeaders,
}

/// A record that was sent, as it comes back with its report.
#[derive(Debug)]
pub struct Sent {
    /// The topic.
    pub topic: Arc<str>,
    /// The rest.
    pub record: Content,
}
