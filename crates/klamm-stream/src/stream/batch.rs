//! A whole batch at once, for those who want to see it.

use std::{
    future::Future,
    iter::FusedIterator,
    pin::Pin,
    task::{Context, Poll, ready},
};

use klamm_core::{BorrowedMessage, Epoch, Error, TopicPartition};

use super::MessageStream;

/// The next batch of a stream: what [`MessageStream::next_batch`] returns.
///
/// # Cancel safety
///
/// Dropping it before it completes loses nothing.
#[must_use = "futures do nothing unless awaited"]
#[derive(Debug)]
pub struct NextBatch<'s, 'c> {
    stream: Option<&'s mut MessageStream<'c>>,
}

impl<'s, 'c> NextBatch<'s, 'c> {
    pub(super) fn new(stream: &'s mut MessageStream<'c>) -> Self {
        Self { stream: Some(stream) }
    }
}

impl<'s, 'c> Future for NextBatch<'s, 'c> {
    type Output = Option<Result<MessageBatch<'s, 'c>, Error>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let stream = this.stream.as_mut().expect("a future is not polled again once it has completed");
        let filled = ready!(stream.poll_batch(cx));
        let stream = this.stream.take();
        Poll::Ready(
            filled.map(|filled| filled.and(Ok(MessageBatch { stream: stream.expect("it was there") }))),
        )
    }
}

/// Messages of one partition that were taken together: up to 256, in order.
///
/// Iterating lends them one by one, without waiting. What is not asked for stays in the stream and comes next. The
/// iterator ends early if the partition is revoked, lost, sought or paused meanwhile.
#[derive(Debug)]
pub struct MessageBatch<'s, 'c> {
    stream: &'s mut MessageStream<'c>,
}

impl MessageBatch<'_, '_> {
    /// Returns the partition that all messages are of.
    pub fn topic_partition(&self) -> &TopicPartition {
        let from = self.stream.cursor.from();
        &from.expect("a batch that was taken is a partition's").name
    }

    /// Returns the epoch that all messages are of.
    pub fn epoch(&self) -> Epoch {
        self.stream.cursor.epoch()
    }
}

impl<'c> Iterator for MessageBatch<'_, 'c> {
    type Item = BorrowedMessage<'c>;

    #[inline]
    fn next(&mut self) -> Option<BorrowedMessage<'c>> {
        self.stream.cursor.next_message()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.stream.cursor.len()))
    }
}

impl FusedIterator for MessageBatch<'_, '_> {}
