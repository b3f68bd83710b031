//! A record on its way out.

use bytes::Bytes;

/// What a producer sends: a topic, and whatever else is to be said.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a record does nothing until it is sent"]
pub struct Record {
    pub(crate) topic: String,
    pub(crate) partition: Option<i32>,
    pub(crate) key: Option<Bytes>,
    pub(crate) payload: Option<Bytes>,
    pub(crate) timestamp: Option<i64>,
}

impl Record {
    /// Begins a record for a topic: without a key, and without a payload, which makes it a tombstone.
    pub fn to(topic: impl Into<String>) -> Self {
        Self { topic: topic.into(), partition: None, key: None, payload: None, timestamp: None }
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

    /// Sets the creation time in milliseconds since 1970; it is the time of sending otherwise.
    pub fn timestamp(mut self, millis: i64) -> Self {
        self.timestamp = Some(millis);
        self
    }
}
