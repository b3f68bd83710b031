//! A record on its way out.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use klamm_core::{
    Message,
    message::{HeadersError, OwnedHeaders},
    native::Content,
};

/// What a producer sends: a topic, and whatever else is to be said.
///
/// Key and payload are [`Bytes`], which are not copied here: a payload is read where it lies until the record's delivery
/// report arrives, and is let go of then. A topic that is given as an `Arc<str>` costs no allocation for a record.
///
/// ```
/// use bytes::Bytes;
/// use klamm_producer::Record;
///
/// let payload = Bytes::from_owner(vec![0; 1 << 20]); // or of a buffer, a file that is mapped, a message that was read
/// let record = Record::to("orders").key("42").payload(payload).header("trace", "a1");
/// assert_eq!(record.topic(), "orders");
/// ```
#[derive(Clone, PartialEq, Eq)]
#[must_use = "a record does nothing until it is sent"]
pub struct Record {
    pub(crate) topic: Arc<str>,
    pub(crate) content: Content,
}

impl Record {
    /// Begins a record for a topic: without a key, and without a payload, which makes it a tombstone.
    pub fn to(topic: impl Into<Arc<str>>) -> Self {
        Self { topic: topic.into(), content: Content::default() }
    }

    /// Passes a message on to a topic: its key, its payload and its headers, byte for byte.
    ///
    /// Key and payload of a [`SharedMessage`](klamm_core::SharedMessage) and of an
    /// [`OwnedMessage`](klamm_core::OwnedMessage) are not copied: the record keeps the message's memory until it is
    /// delivered. Those of a [`BorrowedMessage`](klamm_core::BorrowedMessage) are copied;
    /// [`share`](klamm_core::BorrowedMessage::share) it first to avoid that. The headers are copied as they were written.
    /// The partition is chosen anew, and the time is that of sending unless [`timestamp_of`](Self::timestamp_of) is called.
    ///
    /// ```
    /// use klamm_core::OwnedMessage;
    /// use klamm_producer::Record;
    ///
    /// let message = OwnedMessage::builder("orders").key("42").payload("{}").header("trace", "a1").build();
    /// let record = Record::forward("orders.copy", &message)?.timestamp_of(&message);
    /// assert_eq!(record, Record::to("orders.copy").key("42").payload("{}").header("trace", "a1"));
    /// # Ok::<(), klamm_core::message::HeadersError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`HeadersError`] if the message's headers cannot be read.
    pub fn forward(topic: impl Into<Arc<str>>, message: &impl Message) -> Result<Self, HeadersError> {
        let mut record = Self::to(topic);
        record.content.headers = message.try_headers()?.map(OwnedHeaders::from).unwrap_or_default();
        record.content.key = message.key_bytes();
        record.content.payload = message.payload_bytes();
        Ok(record)
    }

    /// Sets the key, which decides the partition unless one is set.
    pub fn key(mut self, key: impl Into<Bytes>) -> Self {
        self.content.key = Some(key.into());
        self
    }

    /// Sets the payload.
    pub fn payload(mut self, payload: impl Into<Bytes>) -> Self {
        self.content.payload = Some(payload.into());
        self
    }

    /// Sets the partition; librdkafka's `partitioner`, or the builder's, chooses it otherwise.
    pub fn partition(mut self, partition: i32) -> Self {
        self.content.partition = Some(partition);
        self
    }

    /// Sets the creation time in milliseconds since 1970; it is the time of sending otherwise, and with 0.
    pub fn timestamp(mut self, millis: i64) -> Self {
        self.content.timestamp = Some(millis);
        self
    }

    /// Sets the creation time to a message's, if that has one.
    pub fn timestamp_of(mut self, message: &impl Message) -> Self {
        self.content.timestamp = message.timestamp().to_millis();
        self
    }

    /// Adds a header.
    pub fn header(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        self.content.headers.push(name, value);
        self
    }

    /// Adds a header without a value.
    pub fn null_header(mut self, name: impl AsRef<[u8]>) -> Self {
        self.content.headers.push_null(name);
        self
    }

    /// Sets all headers, such as those of a message that is passed on.
    pub fn headers(mut self, headers: OwnedHeaders) -> Self {
        self.content.headers = headers;
        self
    }

    /// Returns the headers, to be changed: a carrier for trace context.
    pub fn headers_mut(&mut self) -> &mut OwnedHeaders {
        &mut self.content.headers
    }

    /// Returns the topic.
    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// Takes the record apart.
    pub fn into_parts(self) -> RecordParts {
        let Self { topic, content: Content { partition, key, payload, timestamp, headers } } = self;
        RecordParts { topic, partition, key, payload, timestamp, headers }
    }
}

/// Formats where a record goes and how large it is, never what it holds.
impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("topic", &self.topic)
            .field("partition", &self.content.partition)
            .field("key_bytes", &self.content.key.as_ref().map(Bytes::len))
            .field("payload_bytes", &self.content.payload.as_ref().map(Bytes::len))
            .finish_non_exhaustive()
    }
}

/// What a record is made of, such as one that came back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordParts {
    /// The topic.
    pub topic: Arc<str>,
    /// The partition, if one was set.
    pub partition: Option<i32>,
    /// The key, if there is one.
    pub key: Option<Bytes>,
    /// The payload; `None` is a tombstone.
    pub payload: Option<Bytes>,
    /// The creation time in milliseconds since 1970, if one was set.
    pub timestamp: Option<i64>,
    /// The headers.
    pub headers: OwnedHeaders,
}
