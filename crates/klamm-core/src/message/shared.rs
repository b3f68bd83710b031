//! A message that keeps the fetch buffer, and its client, alive.

use std::fmt;

use crate::{
    Epoch, Message, OwnedMessage, Timestamp,
    native::{Client, RawMessage},
};

/// A message that keeps the fetch buffer, and its client, alive: `'static`, `Send`, `Sync`, and not copied.
///
/// The client's handle is destroyed on a thread of its own once the last shared message is gone, so that dropping one
/// never waits. A kept message pins the whole fetch response it came in (`fetch.max.bytes`, 50 MB by default).
pub struct SharedMessage {
    // The message is freed before the client it came from: fields are dropped in this order.
    raw: RawMessage,
    client: Client,
    topic: usize,
    epoch: Epoch,
}

impl SharedMessage {
    pub(crate) fn new(raw: RawMessage, client: Client, topic: usize, epoch: Epoch) -> Self {
        Self { raw, client, topic, epoch }
    }

    /// Copies the message into memory of its own: one allocation for key and payload together.
    pub fn detach(&self) -> OwnedMessage {
        OwnedMessage::copy(&self.raw, self.client.topics().get(self.topic).to_shared(), self.epoch)
    }
}

impl Message for SharedMessage {
    fn key(&self) -> Option<&[u8]> {
        self.raw.key()
    }

    fn payload(&self) -> Option<&[u8]> {
        self.raw.payload()
    }

    fn topic(&self) -> &str {
        self.client.topics().get(self.topic).name()
    }

    fn partition(&self) -> i32 {
        self.raw.partition()
    }

    fn offset(&self) -> i64 {
        self.raw.offset()
    }

    fn timestamp(&self) -> Timestamp {
        self.raw.timestamp()
    }

    fn leader_epoch(&self) -> Option<i32> {
        self.raw.leader_epoch()
    }

    fn epoch(&self) -> Epoch {
        self.epoch
    }
}

impl fmt::Debug for SharedMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::read::debug(self, "SharedMessage", f)
    }
}
