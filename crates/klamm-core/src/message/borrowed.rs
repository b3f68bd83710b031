//! A message that lends the bytes of librdkafka's fetch buffer.

use std::fmt;

use super::{Headers, HeadersError, Topic};
use crate::{Epoch, Message, OwnedMessage, SharedMessage, Timestamp, native::RawMessage};

/// A message that lends the bytes of librdkafka's fetch buffer: nothing is copied, allocated or counted.
///
/// It lives no longer than the consumer (`'c`), may be moved between threads and may be freed on any of them. To let it
/// outlive its consumer, [`share`](Self::share) it; to let go of the fetch buffer, [`detach`](Self::detach) it.
///
/// A held message is invisible to librdkafka's own limits (`queued.max.messages.kbytes` counts only what was not yet
/// taken), and keeps its whole fetch response in memory.
///
/// ```
/// use klamm_core::Message;
/// use klamm_stream::Consumer;
/// # use klamm_core::OwnedMessage;
/// # use klamm_testing::MockCluster;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let cluster = MockCluster::start(1)?;
/// # cluster.create_topic("orders", 1)?;
/// # cluster.write([&OwnedMessage::builder("orders").key("42").header("trace", "a1").build()])?;
/// # let config = cluster.consumer_config("billing");
/// let consumer = Consumer::builder(config).subscribe(["orders"])?;
/// let message = consumer.recv().await?;
/// assert_eq!((message.topic(), message.key()), ("orders", Some(&b"42"[..])));
///
/// // To another task, with bytes of its own:
/// let owned = message.detach();
/// let there = tokio::spawn(async move { owned.headers().map(|headers| headers.len()) });
/// assert_eq!(there.await?, Some(1));
/// # Ok(())
/// # }
/// ```
pub struct BorrowedMessage<'c> {
    raw: RawMessage,
    topic: &'c Topic,
    epoch: Epoch,
}

impl<'c> BorrowedMessage<'c> {
    /// The topic is of the table of the message's client, which is thereby borrowed as well.
    #[inline]
    pub(crate) fn new(raw: RawMessage, topic: &'c Topic, epoch: Epoch) -> Self {
        Self { raw, topic, epoch }
    }

    /// Copies the message into memory of its own: one allocation for key, payload and headers together.
    pub fn detach(&self) -> OwnedMessage {
        OwnedMessage::copy(&self.raw, self.topic.to_shared(), self.epoch)
    }

    /// Keeps the same memory alive beyond the consumer: no copy and no allocation, one reference count on the client.
    #[inline]
    pub fn share(self) -> SharedMessage {
        SharedMessage::new(self.raw, self.topic.client(), self.topic.index(), self.epoch)
    }
}

impl Message for BorrowedMessage<'_> {
    fn key(&self) -> Option<&[u8]> {
        self.raw.key()
    }

    fn payload(&self) -> Option<&[u8]> {
        self.raw.payload()
    }

    fn topic(&self) -> &str {
        self.topic.name()
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

    fn try_headers(&self) -> Result<Option<Headers<'_>>, HeadersError> {
        self.raw.headers()
    }

    fn epoch(&self) -> Epoch {
        self.epoch
    }
}

impl fmt::Debug for BorrowedMessage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::read::debug(self, "BorrowedMessage", f)
    }
}
