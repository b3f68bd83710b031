//! A record on its way out.

use bytes::Bytes;
use klamm_core::message::OwnedHeaders;

/// What a producer sends: a topic, and whatever else is to be said.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a record does nothing until it is sent"]
pub struct Record {
    pub(crate) topic: String,
    pub(crate) partition: Option<i32>,
    pub(crate) key: Option<Bytes>,
    pub(crate) payload: Option<Bytes>,
    pub(crate) timestamp: Option<i64>,
    pub(crate) headers: OwnedHeaders,
}

impl Record {
    /// Begins a record for a topic: without a key, and without a payload, which makes it a tombstone.
    pub fn to(topic: impl Into<String>) -> Self {
        Self {
            topic: topic.into(),
            partition: None,
            key: None,
            payload: None,
            timestamp: None,
            headers: OwnedHeaders::new(),
        }
    }

    /// Sets the key, which decides the partition unless one is set.
    pub fn key(mut self, key: impl Into<Bytes>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Sets the payload.
    pub fn payload(mut self, payload: impl Into<Bytes>) -> Self {
        self.payload = Some(payload.into());
        self
    }

    /// Sets the partition; librdkafka's `partitioner` chooses it otherwise.
    pub fn partition(mut self, partition: i32) -> Self {
        self.partition = Some(partition);
        self
    }

    /// Sets the creation time in milliseconds since 1970; it is the time of sending otherwise, and with 0.
    pub fn timestamp(mut self, millis: i64) -> Self {
        self.timestamp = Some(millis);
        self
    }

    /// Adds a header.
    pub fn header(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        self.headers.push(name, value);
        self
    }

    /// Adds a header without a value.
    pub fn null_header(mut self, name: impl AsRef<[u8]>) -> Self {
        self.headers.push_null(name);
        self
    }

    /// Sets all headers, such as those of a message that is passed on.
    pub fn headers(mut self, headers: OwnedHeaders) -> Self {
        self.headers = headers;
        self
    }

    /// Returns the headers, to be changed: a carrier for trace context.
    pub fn headers_mut(&mut self) -> &mut OwnedHeaders {
        &mut self.headers
    }
}
