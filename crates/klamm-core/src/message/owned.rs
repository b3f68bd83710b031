//! A message with bytes of its own.

use std::{
    fmt,
    hash::{Hash, Hasher},
    sync::Arc,
};

use bytes::Bytes;

use super::{Headers, HeadersError, MessageBuilder, OwnedHeaders};
use crate::{
    Epoch, Message, Timestamp,
    native::{Details, RawMessage, Slab},
};

/// A message with bytes of its own: it pins nothing, may go anywhere, and a clone is a reference count.
///
/// All of it is one allocation, and the message as large as a pointer; the topic's name is shared with all messages of its
/// client.
///
/// Two messages are equal if the same can be read of them. Their [`epoch`](Message::epoch), which means something in one
/// process only, is not looked at.
#[derive(Clone)]
pub struct OwnedMessage {
    /// With the key, then the payload, then the headers as Kafka's record format writes them.
    slab: Slab<Facts>,
}

/// What is known of a message beside its bytes.
struct Facts {
    /// How many bytes the key has, if there is one.
    key: Option<usize>,
    /// How many bytes the payload has, if there is one.
    payload: Option<usize>,
    partition: i32,
    offset: i64,
    topic: Arc<str>,
    timestamp: Timestamp,
    leader_epoch: Option<i32>,
    /// Why there are no headers, where only librdkafka could have read them.
    unreadable: Option<HeadersError>,
    epoch: Epoch,
}

/// A part of a message, as the memory behind a `Bytes`.
struct Part {
    message: OwnedMessage,
    read: fn(&OwnedMessage) -> Option<&[u8]>,
}

impl AsRef<[u8]> for Part {
    fn as_ref(&self) -> &[u8] {
        (self.read)(&self.message).unwrap_or_default()
    }
}

/// What an [`OwnedMessage`] is made of, to be taken apart.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MessageParts {
    /// The key.
    pub key: Option<Bytes>,
    /// The payload; `None` is a tombstone.
    pub payload: Option<Bytes>,
    /// The name of the topic.
    pub topic: Arc<str>,
    /// The partition's number within its topic.
    pub partition: i32,
    /// The offset within the partition.
    pub offset: i64,
    /// When the message was created or appended.
    pub timestamp: Timestamp,
    /// The leader epoch under which the message was written.
    pub leader_epoch: Option<i32>,
    /// The headers, or why they cannot be read.
    pub headers: Result<OwnedHeaders, HeadersError>,
}

/// How large key and payload are, not what they hold.
impl fmt::Debug for MessageParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageParts")
            .field("topic", &self.topic)
            .field("partition", &self.partition)
            .field("offset", &self.offset)
            .field("key_bytes", &self.key.as_ref().map(Bytes::len))
            .field("payload_bytes", &self.payload.as_ref().map(Bytes::len))
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}

impl OwnedMessage {
    /// Begins a message by hand, as a test of a handler needs it.
    ///
    /// ```
    /// use klamm_core::{Message, OwnedMessage};
    ///
    /// let tombstone = OwnedMessage::builder("orders").partition(3).offset(41).key("42").build();
    /// assert_eq!((tombstone.key(), tombstone.payload()), (Some(&b"42"[..]), None));
    /// assert_eq!(tombstone.position().offset(), 42);
    /// ```
    pub fn builder(topic: impl Into<Arc<str>>) -> MessageBuilder {
        MessageBuilder::new(topic.into())
    }

    /// Returns the key as [`Bytes`] that keep this message's memory, without a copy; `None` if the message has none.
    pub fn key_bytes(&self) -> Option<Bytes> {
        self.part(Self::key)
    }

    /// Returns the payload as [`Bytes`] that keep this message's memory, without a copy; `None` if the message is a tombstone.
    pub fn payload_bytes(&self) -> Option<Bytes> {
        self.part(Self::payload)
    }

    /// Takes the message apart. Key and payload are not copied; headers, if there are any, are.
    pub fn into_parts(self) -> MessageParts {
        let Facts { partition, offset, timestamp, leader_epoch, .. } = *self.facts();
        MessageParts {
            key: self.key_bytes(),
            payload: self.payload_bytes(),
            topic: Arc::clone(&self.facts().topic),
            partition,
            offset,
            timestamp,
            leader_epoch,
            headers: self.try_headers().map(|headers| headers.map(OwnedHeaders::from).unwrap_or_default()),
        }
    }

    pub(super) fn copy(raw: &RawMessage, topic: Arc<str>, epoch: Epoch) -> Self {
        /// A list without headers.
        const NONE: &[u8] = &[0];
        let (key, payload) = (raw.key(), raw.payload());
        let Details { timestamp, leader_epoch, headers } = raw.details();
        let (mut parsed, mut unreadable) = (Vec::new(), None);
        let headers = match headers {
            Some(NONE) => &[],
            Some(wire) => wire,
            None => {
                match raw.headers() {
                    Ok(Some(headers)) => parsed = OwnedHeaders::from(headers).to_wire(),
                    Ok(None) => {}
                    Err(error) => unreadable = Some(error),
                }
                &*parsed
            }
        };
        let facts = Facts {
            key: key.map(<[u8]>::len),
            payload: payload.map(<[u8]>::len),
            partition: raw.partition(),
            offset: raw.offset(),
            topic,
            timestamp,
            leader_epoch,
            unreadable,
            epoch,
        };
        Self { slab: Slab::new(facts, [key.unwrap_or_default(), payload.unwrap_or_default(), headers]) }
    }

    pub(super) fn built(builder: &MessageBuilder) -> Self {
        let (key, payload) = (builder.key.as_deref(), builder.payload.as_deref());
        let headers = if builder.headers.is_empty() { Vec::new() } else { builder.headers.to_wire() };
        let facts = Facts {
            key: key.map(<[u8]>::len),
            payload: payload.map(<[u8]>::len),
            partition: builder.partition,
            offset: builder.offset,
            topic: Arc::clone(&builder.topic),
            timestamp: builder.timestamp,
            leader_epoch: builder.leader_epoch,
            unreadable: None,
            epoch: Epoch::NONE,
        };
        Self { slab: Slab::new(facts, [key.unwrap_or_default(), payload.unwrap_or_default(), &headers]) }
    }

    fn facts(&self) -> &Facts {
        self.slab.header()
    }

    /// What is empty keeps nothing.
    fn part(&self, read: fn(&Self) -> Option<&[u8]>) -> Option<Bytes> {
        if read(self)?.is_empty() {
            return Some(Bytes::new());
        }
        Some(Bytes::from_owner(Part { message: self.clone(), read }))
    }
}

impl Message for OwnedMessage {
    fn key(&self) -> Option<&[u8]> {
        self.facts().key.map(|key| &self.slab.bytes()[..key])
    }

    fn payload(&self) -> Option<&[u8]> {
        let begin = self.facts().key.unwrap_or(0);
        self.facts().payload.map(|payload| &self.slab.bytes()[begin..begin + payload])
    }

    fn topic(&self) -> &str {
        &self.facts().topic
    }

    fn partition(&self) -> i32 {
        self.facts().partition
    }

    fn offset(&self) -> i64 {
        self.facts().offset
    }

    fn timestamp(&self) -> Timestamp {
        self.facts().timestamp
    }

    fn leader_epoch(&self) -> Option<i32> {
        self.facts().leader_epoch
    }

    fn try_headers(&self) -> Result<Option<Headers<'_>>, HeadersError> {
        let Facts { key, payload, unreadable, .. } = self.facts();
        unreadable.map_or(Ok(()), Err)?;
        Headers::parse(&self.slab.bytes()[key.unwrap_or(0) + payload.unwrap_or(0)..])
    }

    fn epoch(&self) -> Epoch {
        self.facts().epoch
    }

    fn key_bytes(&self) -> Option<Bytes> {
        Self::key_bytes(self)
    }

    fn payload_bytes(&self) -> Option<Bytes> {
        Self::payload_bytes(self)
    }
}

impl PartialEq for OwnedMessage {
    fn eq(&self, other: &Self) -> bool {
        let where_and_when = |it: &Self| (it.partition(), it.offset(), it.timestamp(), it.leader_epoch());
        where_and_when(self) == where_and_when(other)
            && self.topic() == other.topic()
            && (self.key(), self.payload()) == (other.key(), other.payload())
            && self.try_headers() == other.try_headers()
    }
}

impl Eq for OwnedMessage {}

impl Hash for OwnedMessage {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.topic(), self.partition(), self.offset(), self.key(), self.payload()).hash(state);
    }
}

impl fmt::Debug for OwnedMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::read::debug(self, "OwnedMessage", f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_and_empty_stay_distinct() {
        for key in [None, Some(&b""[..]), Some(b"k")] {
            for payload in [None, Some(&b""[..]), Some(b"p")] {
                let message = OwnedMessage::builder("t").maybe_key(key).maybe_payload(payload).build();
                assert_eq!((message.key(), message.payload()), (key, payload));
                assert_eq!((message.clone().key(), message.clone().payload()), (key, payload));
                let bytes = (message.key_bytes(), message.payload_bytes());
                assert_eq!((bytes.0.as_deref(), bytes.1.as_deref()), (key, payload));
                let parts = message.into_parts();
                assert_eq!((parts.key.as_deref(), parts.payload.as_deref()), (key, payload));
            }
        }
    }

    #[test]
    fn bytes_are_the_messages_own_memory() {
        let message = OwnedMessage::builder("t").key("key").payload("payload").header("a", "b").build();
        let (key, payload) = (message.key().unwrap().as_ptr(), message.payload().unwrap().as_ptr());
        assert_eq!(message.key_bytes().unwrap().as_ptr(), key);
        let parts = message.clone().into_parts();
        drop(message);
        assert_eq!(parts.payload.as_ref().unwrap().as_ptr(), payload);
        assert_eq!((&parts.key.unwrap()[..], &parts.payload.unwrap()[..]), (&b"key"[..], &b"payload"[..]));
        assert_eq!(parts.headers.unwrap().get("a").unwrap().value(), Some(&b"b"[..]));
    }

    #[test]
    fn a_message_is_as_its_content() {
        let message = || OwnedMessage::builder("t").key("k").header("a", "b");
        assert_eq!(message().build(), message().build());
        assert_ne!(message().build(), message().payload("").build());
        assert_ne!(message().build(), message().null_header("c").build());
    }
}
