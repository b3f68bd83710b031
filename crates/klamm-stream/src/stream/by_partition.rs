//! The messages of one partition, for as long as it is assigned.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures_core::{FusedStream, Stream};
use klamm_core::{Epoch, Error, SharedMessage, TopicPartition, native::Batch};

use super::{Cursor, PartitionSource, cursor::Reach, seat::Seat};
use crate::{Consumer, PartitionEnd, partition::Partition, wake::Reader};

/// The messages of one partition for as long as it is assigned: one item of [`Partitions`](crate::Partitions).
///
/// It is `'static` and wakes only its own task, so that each partition can have a task and a state of its own. After 256
/// messages without a pause it lets other tasks run once.
///
/// # Delivery
///
/// The stream ends (`None`) as soon as the group wants the partition back; [`take_end`](Self::take_end) says why. After
/// [`PartitionEnd::Revoked`] the rebalance waits, so that what was delivered can be finished and committed; the wait
/// ends when the token, or the stream, is dropped, and after the time of
/// [`Builder::hold_deadline`](crate::Builder::hold_deadline) at the latest. A stream that is not polled any more keeps
/// its group waiting for that long: drop it.
///
/// A stream that is dropped while its partition is assigned leaves what it has not delivered to whoever calls
/// [`Consumer::partitions`] anew.
///
/// # Cancel safety
///
/// `next()` on it is cancel safe: no message is taken from the stream before it is returned.
///
/// # Errors
///
/// An error item is about this partition, and does not end the stream.
#[must_use = "streams do nothing unless polled"]
pub struct PartitionStream {
    // Given back before the consumer is let go of.
    cursor: Cursor<Batch>,
    reader: Reader,
    is_done: bool,
    seat: Arc<Seat>,
}

impl PartitionStream {
    /// Makes the stream of a partition whose `reading` was just opened for it.
    pub(super) fn new(consumer: Consumer, partition: Arc<Partition>, reader: Reader) -> Self {
        reader.own(&partition.slot);
        let cursor = Cursor::new(&consumer.shared().client);
        let seat = Seat::new(consumer, partition);
        seat.take();
        Self { cursor, reader, is_done: false, seat: Arc::new(seat) }
    }

    /// Makes a source of pipelines of it, which deliver what this has not.
    ///
    /// An end that was not [taken out](Self::take_end) is told to the first of them.
    pub fn into_source(self) -> PartitionSource {
        PartitionSource::new(Arc::clone(&self.seat))
    }

    /// Returns the partition.
    pub fn partition(&self) -> &TopicPartition {
        &self.seat.partition.name
    }

    /// Returns the epoch: each assignment of the partition has another.
    pub fn epoch(&self) -> Epoch {
        self.seat.partition.epoch
    }

    /// Returns the consumer that it is a stream of.
    pub fn consumer(&self) -> &Consumer {
        &self.seat.consumer
    }

    /// Commits that all that this stream has delivered is done; otherwise as [`Consumer::commit`].
    ///
    /// # Cancel safety
    ///
    /// As [`Consumer::commit`].
    ///
    /// # Errors
    ///
    /// As [`Consumer::commit`].
    pub async fn commit_delivered(&self) -> Result<(), Error> {
        let Seat { partition, consumer, .. } = &*self.seat;
        let Some(position) = partition.position() else { return Ok(()) };
        let asked = vec![(partition.name.clone(), partition.epoch, position)];
        consumer.commit_all("commit_delivered", asked).await
    }

    /// Takes out why the stream has ended: once, and after it has. Nothing if the partition was gone before the stream was
    /// asked for the first time.
    pub fn take_end(&mut self) -> Option<PartitionEnd> {
        self.seat.partition.reading.take_end()
    }

    /// Goes on when nothing is left of the last batch.
    #[inline(never)]
    fn poll_slow(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<SharedMessage, Error>>> {
        if self.is_done {
            return Poll::Ready(None);
        }
        let Self { cursor, reader, seat, .. } = self;
        let (shared, reach) = (seat.consumer.shared(), Reach::One(&seat.partition));
        let poll = cursor.poll_next(shared, reader, reach, cx, Cursor::next_message);
        self.is_done = matches!(poll, Poll::Ready(None));
        poll
    }
}

impl Stream for PartitionStream {
    type Item = Result<SharedMessage, Error>;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        match this.cursor.next_message() {
            Some(message) => Poll::Ready(Some(Ok(message))),
            None => this.poll_slow(cx),
        }
    }
}

impl FusedStream for PartitionStream {
    fn is_terminated(&self) -> bool {
        self.is_done
    }
}

impl Drop for PartitionStream {
    fn drop(&mut self) {
        self.cursor.give_back(self.seat.consumer.shared());
        self.seat.give_back();
    }
}

impl fmt::Debug for PartitionStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartitionStream")
            .field("partition", self.partition())
            .field("is_done", &self.is_done)
            .finish_non_exhaustive()
    }
}
