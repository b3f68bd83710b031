//! A message that keeps the fetch buffer, and its client, alive.

use std::fmt;

use bytes::Bytes;

use super::{Headers, HeadersError};
use crate::{
    Epoch, Message, OwnedMessage, Timestamp,
    native::{Client, RawMessage, SharedRaw},
};

/// A message that keeps the fetch buffer, and its client, alive: `'static`, `Send`, `Sync`, and not copied.
///
/// It stays readable after the consumer was closed or dropped. The client's handle is destroyed on a thread of its own once
/// the last shared message is gone, so that dropping one never waits. A kept message pins the whole fetch response it came in
/// (`fetch.max.bytes`, 50 MB by default); to let go of that, [`detach`](Self::detach) it.
///
/// Sharing a message allocates nothing. The first clone, and the first of [`key_bytes`](Self::key_bytes) and
/// [`payload_bytes`](Self::payload_bytes), allocate the count of its owners. A clone is the same message in the same memory.
///
/// ```
/// use klamm_core::Message;
/// use klamm_stream::Consumer;
/// # use klamm_core::OwnedMessage;
/// # use klamm_testing::MockCluster;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), klamm_core::Error> {
/// # let cluster = MockCluster::start(1)?;
/// # cluster.create_topic("orders", 1)?;
/// # cluster.write([&OwnedMessage::builder("orders").payload("{}").build()])?;
/// # let config = cluster.consumer_config("billing");
/// let consumer = Consumer::builder(config).subscribe(["orders"])?;
/// let message = consumer.recv().await?.share();
/// drop(consumer);
/// let payload = message.payload_bytes(); // the same memory, which it keeps
/// drop(message);
/// assert_eq!(payload.as_deref(), Some(&b"{}"[..]));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SharedMessage {
    raw: SharedRaw,
    topic: usize,
    epoch: Epoch,
}

impl SharedMessage {
    #[inline]
    pub(crate) fn new(raw: RawMessage, client: Client, topic: usize, epoch: Epoch) -> Self {
        Self { raw: SharedRaw::new(raw, client), topic, epoch }
    }

    #[cfg(all(test, feature = "mock"))]
    pub(crate) fn raw(&self) -> &RawMessage {
        self.raw.get()
    }

    /// Copies the message into memory of its own: one allocation for key, payload and headers together.
    pub fn detach(&self) -> OwnedMessage {
        let topic = self.raw.client().topics().get(self.topic).to_shared();
        OwnedMessage::copy(self.raw.get(), topic, self.epoch)
    }

    /// Returns the key as [`Bytes`] that keep the message alive, without a copy; `None` if the message has none.
    pub fn key_bytes(&self) -> Option<Bytes> {
        self.raw.bytes(RawMessage::key)
    }

    /// Returns the payload as [`Bytes`] that keep the message alive, without a copy; `None` if the message is a tombstone.
    pub fn payload_bytes(&self) -> Option<Bytes> {
        self.raw.bytes(RawMessage::payload)
    }
}

impl Message for SharedMessage {
    fn key(&self) -> Option<&[u8]> {
        self.raw.get().key()
    }

    fn payload(&self) -> Option<&[u8]> {
        self.raw.get().payload()
    }

    fn topic(&self) -> &str {
        self.raw.client().topics().get(self.topic).name()
    }

    fn partition(&self) -> i32 {
        self.raw.get().partition()
    }

    fn offset(&self) -> i64 {
        self.raw.get().offset()
    }

    fn timestamp(&self) -> Timestamp {
        self.raw.get().timestamp()
    }

    fn leader_epoch(&self) -> Option<i32> {
        self.raw.get().leader_epoch()
    }

    fn try_headers(&self) -> Result<Option<Headers<'_>>, HeadersError> {
        self.raw.get().headers()
    }

    fn epoch(&self) -> Epoch {
        self.epoch
    }

    fn key_bytes(&self) -> Option<Bytes> {
        Self::key_bytes(self)
    }

    fn payload_bytes(&self) -> Option<Bytes> {
        Self::payload_bytes(self)
    }
}

impl fmt::Debug for SharedMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::read::debug(self, "SharedMessage", f)
    }
}
