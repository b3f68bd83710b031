//! The partitions that are assigned, each as a stream of its own.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use futures_core::{FusedStream, Stream};
use klamm_core::Error;

use super::{PartitionStream, cursor};
use crate::{
    Consumer,
    partition::{Partition, Phase, Table},
    wake::Reader,
};

/// The partitions that are assigned, each as a stream of its own: what [`Consumer::partitions`] returns.
///
/// There is one [`PartitionStream`] for each assignment of a partition: first for those the consumer has, then for each
/// that it is given. A partition that comes back after a revoke is a new stream with a new epoch.
///
/// # Delivery
///
/// Each message goes to the stream of its partition. While this exists, or a stream that it has returned, the messages
/// cannot be had otherwise. Partitions that are assigned after this was dropped wait until
/// [`Consumer::partitions`] is called again, which may be while streams of its predecessor are still read.
///
/// # Cancel safety
///
/// `next()` on it is cancel safe.
///
/// # Errors
///
/// Errors that concern no partition are items of this stream, and do not end it, except
/// [`ErrorKind::Fatal`](klamm_core::ErrorKind::Fatal). It ends (`None`) when the consumer is closed. While messages are
/// taken in another way, and beyond 4,096 streams, an item is [`ErrorKind::Taken`](klamm_core::ErrorKind::Taken) or
/// [`ErrorKind::TooMany`](klamm_core::ErrorKind::TooMany).
#[must_use = "streams do nothing unless polled"]
pub struct Partitions {
    /// None if it was refused.
    reader: Option<Reader>,
    /// Why it was refused, until that was said.
    refused: Option<Error>,
    turn: usize,
    is_done: bool,
    consumer: Consumer,
}

/// What a look at one slot brought.
enum Found {
    Partition(Arc<Partition>),
    Mail(Error),
}

impl Partitions {
    pub(crate) fn new(consumer: Consumer) -> Self {
        let (reader, refused) = match open(&consumer) {
            Ok(reader) => (Some(reader), None),
            Err(error) => (None, Some(error)),
        };
        Self { reader, refused, turn: 0, is_done: false, consumer }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<PartitionStream, Error>>> {
        let Self { reader, refused, turn, consumer, .. } = self;
        let shared = consumer.shared();
        let Some(reader) = reader else { return Poll::Ready(refused.take().map(Err)) };
        let found = shared.hub.poll_take(reader, turn, cx, |slot| {
            if slot == Table::MAIL {
                return shared.take_mail().map(Found::Mail);
            }
            let partition = shared.table.get(slot)?;
            let is_new = partition.phase() == Phase::Active && partition.reading.open();
            is_new.then_some(Found::Partition(partition))
        });
        Poll::Ready(match ready!(found) {
            None => None,
            Some(Found::Mail(error)) => Some(Err(error)),
            Some(Found::Partition(partition)) => Some(hand_out(consumer, partition)),
        })
    }
}

fn hand_out(consumer: &Consumer, partition: Arc<Partition>) -> Result<PartitionStream, Error> {
    let Some(reader) = Reader::lone(&consumer.shared().hub) else {
        partition.reading.close();
        return Err(cursor::too_many());
    };
    Ok(PartitionStream::new(consumer.clone(), partition, reader))
}

fn open(consumer: &Consumer) -> Result<Reader, Error> {
    let shared = consumer.shared();
    shared.open_partitions()?;
    let Some(reader) = Reader::lasting(&shared.hub) else {
        shared.close_partitions();
        return Err(cursor::too_many());
    };
    shared.give_back_received();
    for partition in shared.table.all() {
        partition.reading.offer();
        shared.hub.enqueue(partition.epoch.slot(), &partition.slot);
    }
    Ok(reader)
}

impl Stream for Partitions {
    type Item = Result<PartitionStream, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.is_done {
            return Poll::Ready(None);
        }
        let poll = this.poll(cx);
        this.is_done = matches!(poll, Poll::Ready(None));
        poll
    }
}

impl FusedStream for Partitions {
    fn is_terminated(&self) -> bool {
        self.is_done
    }
}

impl Drop for Partitions {
    fn drop(&mut self) {
        if self.reader.is_none() {
            return;
        }
        let shared = self.consumer.shared();
        shared.close_partitions();
        // What was in the ready set and not to be handed out is gone from there; whoever reads next shall find it.
        for partition in shared.table.all() {
            shared.hub.enqueue(partition.epoch.slot(), &partition.slot);
        }
    }
}

impl fmt::Debug for Partitions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Partitions").field("is_done", &self.is_done).finish_non_exhaustive()
    }
}
