//! A message with bytes of its own.

use std::{fmt, sync::Arc};

use crate::{
    Epoch, Message, Timestamp,
    native::{RawMessage, concat},
};

/// A message with bytes of its own: it pins nothing, may go anywhere, and a clone is a reference count.
#[derive(Clone)]
pub struct OwnedMessage {
    /// The key, then the payload.
    bytes: Arc<[u8]>,
    key: Option<usize>,
    has_payload: bool,
    topic: Arc<str>,
    partition: i32,
    offset: i64,
    timestamp: Timestamp,
    leader_epoch: Option<i32>,
    epoch: Epoch,
}

impl OwnedMessage {
    pub(crate) fn copy(raw: &RawMessage, topic: Arc<str>, epoch: Epoch) -> Self {
        let (key, payload) = (raw.key(), raw.payload());
        Self {
            bytes: concat(key.unwrap_or_default(), payload.unwrap_or_default()),
            key: key.map(<[u8]>::len),
            has_payload: payload.is_some(),
            topic,
            partition: raw.partition(),
            offset: raw.offset(),
            timestamp: raw.timestamp(),
            leader_epoch: raw.leader_epoch(),
            epoch,
        }
    }

    /// Makes a message by hand, as a test of a handler needs it.
    ///
    /// ```
    /// use klamm_core::{Message, OwnedMessage};
    /// let tombstone = OwnedMessage::new("orders", 3, 41, Some(b"key"), None);
    /// assert_eq!((tombstone.key(), tombstone.payload()), (Some(&b"key"[..]), None));
    /// assert_eq!(tombstone.position().offset(), 42);
    /// ```
    pub fn new(topic: &str, partition: i32, offset: i64, key: Option<&[u8]>, payload: Option<&[u8]>) -> Self {
        Self {
            bytes: concat(key.unwrap_or_default(), payload.unwrap_or_default()),
            key: key.map(<[u8]>::len),
            has_payload: payload.is_some(),
            topic: topic.into(),
            partition,
            offset,
            timestamp: Timestamp::NotAvailable,
            leader_epoch: None,
            epoch: Epoch::NONE,
        }
    }
}

impl Message for OwnedMessage {
    fn key(&self) -> Option<&[u8]> {
        self.key.map(|len| &self.bytes[..len])
    }

    fn payload(&self) -> Option<&[u8]> {
        self.has_payload.then(|| &self.bytes[self.key.unwrap_or(0)..])
    }

    fn topic(&self) -> &str {
        &self.topic
    }

    fn partition(&self) -> i32 {
        self.partition
    }

    fn offset(&self) -> i64 {
        self.offset
    }

    fn timestamp(&self) -> Timestamp {
        self.timestamp
    }

    fn leader_epoch(&self) -> Option<i32> {
        self.leader_epoch
    }

    fn epoch(&self) -> Epoch {
        self.epoch
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
                let message = OwnedMessage::new("t", 0, 7, key, payload);
                assert_eq!((message.key(), message.payload()), (key, payload));
                assert_eq!((message.clone().key(), message.clone().payload()), (key, payload));
            }
        }
    }
}
