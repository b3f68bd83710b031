//! A message by hand.

use std::{fmt, sync::Arc};

use super::{OwnedHeaders, OwnedMessage, Timestamp};

/// A message by hand: at offset 0 of partition 0, without a key, a payload, a timestamp or headers, unless told otherwise.
#[derive(Clone)]
#[must_use = "a builder does nothing until `build`"]
pub struct MessageBuilder {
    pub(super) topic: Arc<str>,
    pub(super) partition: i32,
    pub(super) offset: i64,
    pub(super) key: Option<Vec<u8>>,
    pub(super) payload: Option<Vec<u8>>,
    pub(super) timestamp: Timestamp,
    pub(super) leader_epoch: Option<i32>,
    pub(super) headers: OwnedHeaders,
}

impl MessageBuilder {
    pub(super) fn new(topic: Arc<str>) -> Self {
        Self {
            topic,
            partition: 0,
            offset: 0,
            key: None,
            payload: None,
            timestamp: Timestamp::NotAvailable,
            leader_epoch: None,
            headers: OwnedHeaders::new(),
        }
    }

    /// Sets the name of the topic.
    pub fn topic(mut self, topic: impl Into<Arc<str>>) -> Self {
        self.topic = topic.into();
        self
    }

    /// Sets the partition's number within its topic.
    pub fn partition(mut self, partition: i32) -> Self {
        self.partition = partition;
        self
    }

    /// Sets the offset within the partition.
    pub fn offset(mut self, offset: i64) -> Self {
        self.offset = offset;
        self
    }

    /// Sets the key.
    pub fn key(self, key: impl AsRef<[u8]>) -> Self {
        self.maybe_key(Some(key))
    }

    /// Sets the key, or takes it away.
    pub fn maybe_key(mut self, key: Option<impl AsRef<[u8]>>) -> Self {
        self.key = key.map(|key| key.as_ref().to_vec());
        self
    }

    /// Sets the payload.
    pub fn payload(self, payload: impl AsRef<[u8]>) -> Self {
        self.maybe_payload(Some(payload))
    }

    /// Sets the payload, or takes it away, which makes the message a tombstone.
    pub fn maybe_payload(mut self, payload: Option<impl AsRef<[u8]>>) -> Self {
        self.payload = payload.map(|payload| payload.as_ref().to_vec());
        self
    }

    /// Sets when the message was created or appended.
    pub fn timestamp(mut self, timestamp: Timestamp) -> Self {
        self.timestamp = timestamp;
        self
    }

    /// Sets the leader epoch under which the message was written.
    pub fn leader_epoch(self, leader_epoch: i32) -> Self {
        self.maybe_leader_epoch(Some(leader_epoch))
    }

    /// Sets the leader epoch, or takes it away.
    pub fn maybe_leader_epoch(mut self, leader_epoch: Option<i32>) -> Self {
        self.leader_epoch = leader_epoch;
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

    /// Sets all headers.
    pub fn headers(mut self, headers: OwnedHeaders) -> Self {
        self.headers = headers;
        self
    }

    /// Makes the message.
    pub fn build(self) -> OwnedMessage {
        OwnedMessage::built(&self)
    }
}

/// How large key and payload are, not what they hold.
impl fmt::Debug for MessageBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageBuilder")
            .field("topic", &self.topic)
            .field("partition", &self.partition)
            .field("offset", &self.offset)
            .field("key_bytes", &self.key.as_ref().map(Vec::len))
            .field("payload_bytes", &self.payload.as_ref().map(Vec::len))
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}
