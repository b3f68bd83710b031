//! The messages of all partitions, borrowed from the consumer.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::{FusedStream, Stream};
use klamm_core::{BorrowedMessage, Error, native::Lending};

use super::{
    Cursor, NextBatch,
    cursor::{self, Reach},
};
use crate::{shared::Shared, wake::Reader};

/// The messages of all assigned partitions, borrowed from the consumer.
///
/// Partitions are served in turn, a batch of up to 256 messages each, so that a busy one does not starve the others;
/// within a partition messages keep their order. Taking a message allocates nothing. After 256 messages without a pause
/// the stream lets other tasks run once.
///
/// Several streams of one consumer share its messages: each batch goes to exactly one of them.
///
/// # Delivery
///
/// Delivering a message commits nothing. What was not delivered when a partition is revoked is never handed out here.
///
/// # Cancel safety
///
/// `next()` on it is cancel safe: no message is taken from the stream before it is returned. A dropped stream gives what
/// it took and did not deliver back to the consumer, in order.
///
/// # Errors
///
/// An error item stands for what it says and does not end the stream, except
/// [`ErrorKind::Fatal`](klamm_core::ErrorKind::Fatal). The stream ends (`None`) when the consumer is closed. While a
/// pipeline takes the messages, and beyond 4,096 streams, the only item is
/// [`ErrorKind::Taken`](klamm_core::ErrorKind::Taken) or [`ErrorKind::TooMany`](klamm_core::ErrorKind::TooMany).
///
/// A damaged batch of the log is one item, [`BAD_MSG`](klamm_core::ErrorCode::BAD_MSG) with the batch's first offset, if
/// `check.crcs` is on; the messages behind the batch follow. With `auto.offset.reset=error` the partition may stop there
/// instead, after a second item, `_AUTO_OFFSET_RESET`: librdkafka has then fetched from an offset that it took from the
/// damaged bytes, and goes nowhere until the partition is assigned anew.
#[must_use = "streams do nothing unless polled"]
pub struct MessageStream<'c> {
    shared: &'c Shared,
    pub(super) cursor: Cursor<Lending<'c>>,
    /// None if the stream was refused.
    reader: Option<Reader>,
    /// Why it was refused, until that was said.
    refused: Option<Error>,
    is_done: bool,
}

impl<'c> MessageStream<'c> {
    pub(crate) fn new(shared: &'c Shared) -> Self {
        let (reader, refused) = cursor::open(shared);
        Self { shared, cursor: Cursor::lending(&shared.client), reader, refused, is_done: false }
    }

    /// Waits for a batch, of which nothing is taken yet; messages that the stream has already come first.
    ///
    /// What is said above of order, delivery and errors holds for it; `None` is the end.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing, nor does dropping the batch: what is left of it stays in the stream.
    ///
    /// ```
    /// # use klamm_core::Message;
    /// # use klamm_stream::Consumer;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), klamm_core::Error> {
    /// # let cluster = klamm_testing::MockCluster::start(1)?;
    /// # cluster.create_topic("orders", 1)?;
    /// # cluster.seed("orders", 1, 100, 20)?;
    /// # let consumer = Consumer::builder(cluster.consumer_config("billing")).subscribe(["orders"])?;
    /// let mut stream = consumer.stream();
    /// if let Some(batch) = stream.next_batch().await {
    ///     let batch = batch?;
    ///     println!("{}", batch.topic_partition());
    ///     let bytes: usize = batch.filter_map(|message| message.payload().map(<[u8]>::len)).sum();
    ///     assert!(bytes >= 20);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn next_batch(&mut self) -> NextBatch<'_, 'c> {
        NextBatch::new(self)
    }

    pub(super) fn poll_batch(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<(), Error>>> {
        self.poll_with(cx, |cursor| cursor.has_message().then_some(()))
    }

    /// Goes on when nothing is left of the last batch.
    #[inline(never)]
    fn poll_slow(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<BorrowedMessage<'c>, Error>>> {
        self.poll_with(cx, Cursor::next_message)
    }

    fn poll_with<T>(
        &mut self,
        cx: &mut Context<'_>,
        next: impl Fn(&mut Cursor<Lending<'c>>) -> Option<T>,
    ) -> Poll<Option<Result<T, Error>>> {
        let poll = match &mut self.reader {
            Some(reader) => self.cursor.poll_next(self.shared, reader, Reach::All, cx, next),
            None => Poll::Ready(self.refused.take().map(Err)),
        };
        if matches!(poll, Poll::Ready(None)) {
            self.is_done = true;
        }
        poll
    }
}

impl<'c> Stream for MessageStream<'c> {
    type Item = Result<BorrowedMessage<'c>, Error>;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if let Some(message) = this.cursor.next_message() {
            return Poll::Ready(Some(Ok(message)));
        }
        this.poll_slow(cx)
    }
}

impl FusedStream for MessageStream<'_> {
    fn is_terminated(&self) -> bool {
        self.is_done
    }
}

impl Drop for MessageStream<'_> {
    fn drop(&mut self) {
        self.cursor.give_back(self.shared);
        if self.reader.is_some() {
            self.shared.close_stream();
        }
    }
}

impl fmt::Debug for MessageStream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageStream").field("is_done", &self.is_done).finish_non_exhaustive()
    }
}
