//! One reader's place: the batch it took, and where it goes for the next.

use std::{
    sync::Arc,
    task::{Context, Poll, ready},
};

use klamm_core::{
    BorrowedMessage, Epoch, Error, ErrorKind, Message,
    contract::InHand,
    native::{BATCH_MESSAGES, Batch, Client, Keep, Lending},
};

use crate::{
    control::Request,
    partition::{Hand, Partition, Phase, Table},
    shared::Shared,
    wake::{READER_LIMIT, Reader},
};

/// One reader's place: the batch it took, and where it goes for the next.
///
/// The batch is kept as one that lends to a borrower of the consumer, or as it is.
pub(crate) struct Cursor<B> {
    batch: B,
    /// Whether the batch is still to be delivered: no revoke, seek, rewind or pause stands in the way.
    hand: Hand,
    /// Where the batch is from.
    from: Option<Arc<Partition>>,
    turn: usize,
    /// Messages taken since the reader last let other tasks run.
    spent: usize,
    /// A queue had something in it, and no message.
    has_passed_over: bool,
}

/// What a look at one slot brought.
enum Taken {
    Batch(Arc<Partition>),
    Mail(Error),
    /// The one partition is over.
    End,
}

/// Which partitions a reader reads.
#[derive(Clone, Copy)]
pub(super) enum Reach<'r> {
    All,
    One(&'r Arc<Partition>),
}

impl<'c> Cursor<Lending<'c>> {
    /// Makes a place for a reader that borrows the consumer.
    pub(crate) fn lending(client: &'c Client) -> Self {
        Self::with(Lending::new(client))
    }
}

impl Cursor<Batch> {
    /// Makes a place for a reader that owns the consumer, or is owned by it.
    pub(crate) fn new(client: &Client) -> Self {
        Self::with(Batch::new(client))
    }

    /// As [`next_message`](Cursor::next_message), borrowed from a client that is looked at each time.
    #[inline]
    pub(crate) fn next_of<'c>(&mut self, client: &'c Client) -> Option<BorrowedMessage<'c>> {
        if !self.hand.is_current() {
            return None;
        }
        let message = self.batch.next_message(client)?;
        self.hand.deliver(message.offset());
        Some(message)
    }
}

impl<B: Keep> Cursor<B> {
    fn with(batch: B) -> Self {
        Self { batch, hand: Hand::new(), from: None, turn: 0, spent: 0, has_passed_over: false }
    }

    /// Returns the next message of those that were taken, if there is one: the whole way of most messages.
    #[inline]
    pub(crate) fn next_message(&mut self) -> Option<B::Message> {
        if !self.hand.is_current() {
            return None;
        }
        let message = self.batch.next_message()?;
        self.hand.deliver(message.offset());
        Some(message)
    }

    /// Takes the next batch and returns its first message, or what stands in its place; `None` once the consumer is
    /// closed. `next` is one of those above.
    #[inline(never)]
    pub(super) fn poll_next<M>(
        &mut self,
        shared: &Shared,
        reader: &mut Reader,
        reach: Reach<'_>,
        cx: &mut Context<'_>,
        next: impl Fn(&mut Self) -> Option<M>,
    ) -> Poll<Option<Result<M, Error>>> {
        loop {
            if let Some(message) = next(self) {
                return Poll::Ready(Some(Ok(message)));
            }
            if !self.batch.batch().is_empty() && self.hand.is_current() {
                if let Some(error) = self.batch.change(Batch::next_error) {
                    return Poll::Ready(Some(Err(error)));
                }
            }
            match ready!(self.poll_fill(shared, reader, reach, cx)) {
                Some(Ok(())) => {}
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }

    /// Returns what the messages have in common that are next, and to be delivered.
    pub(super) fn in_hand(&self) -> Option<InHand> {
        self.batch.batch().in_hand().filter(|_| self.hand.is_current())
    }

    /// Tells whether a message is next, and to be delivered.
    pub(super) fn has_message(&self) -> bool {
        self.hand.is_current() && self.batch.batch().has_message()
    }

    /// Returns how many messages and errors are left of the batch.
    pub(super) fn len(&self) -> usize {
        self.batch.batch().len()
    }

    /// Returns the partition that the batch is from.
    pub(super) fn from(&self) -> Option<&Arc<Partition>> {
        self.from.as_ref()
    }

    pub(super) fn epoch(&self) -> Epoch {
        self.batch.batch().epoch()
    }

    /// Tells whether there is something left to deliver.
    pub(crate) fn has_more(&self) -> bool {
        !self.batch.batch().is_empty()
    }

    /// Tells, once, that a queue had something in it and no message.
    pub(super) fn take_passed_over(&mut self) -> bool {
        std::mem::take(&mut self.has_passed_over)
    }

    /// Gives back what was taken and not delivered.
    pub(crate) fn give_back(&mut self, shared: &Shared) {
        let Some(partition) = self.from.take() else { return };
        if self.batch.batch().is_empty() {
            partition.finish(&self.hand);
        } else {
            let batch = self.batch.change(|batch| std::mem::replace(batch, partition.spare(&shared.client)));
            partition.give_back(&shared.hub, batch, &self.hand);
        }
    }

    /// Takes the next batch, or an error that concerns no partition; `None` once the consumer is closed, or the one
    /// partition is over.
    fn poll_fill(
        &mut self,
        shared: &Shared,
        reader: &mut Reader,
        reach: Reach<'_>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<(), Error>>> {
        // Something is left only if it was paused or outdated.
        self.give_back(shared);
        // A reader that never waits would keep its executor from everything else.
        if self.spent >= BATCH_MESSAGES {
            self.spent = 0;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        shared.meters.polled();
        let Self { batch, hand, turn, has_passed_over, .. } = self;
        let mut take = |partition: Arc<Partition>| {
            let is_taken = batch.change(|batch| partition.take(&shared.hub, batch, hand));
            if partition.take_gone_astray() {
                shared.requests.send(Request::Repair(partition.epoch));
            }
            *has_passed_over |= !is_taken;
            is_taken.then_some(Taken::Batch(partition))
        };
        let taken = match reach {
            Reach::All => shared.hub.poll_take(reader, turn, cx, |slot| match slot {
                Table::MAIL => shared.take_mail().map(Taken::Mail),
                slot => take(shared.table.get(slot)?),
            }),
            Reach::One(partition) => shared.hub.poll_take_own(reader, &partition.slot, cx, || {
                // The look at the queue uses the announcement of an end up, so the end is looked for before and after it.
                let is_over = || partition.phase() != Phase::Active && partition.reading.is_over();
                let end = || is_over().then_some(Taken::End);
                end().or_else(|| take(Arc::clone(partition))).or_else(end)
            }),
        };
        // Errors that arrived on a partition's queue rather than on the consumer's.
        if shared.client.has_errors() {
            for event in shared.client.take_errors() {
                crate::control::report(shared, event);
            }
        }
        Poll::Ready(match taken {
            Poll::Pending => {
                self.spent = 0;
                return Poll::Pending;
            }
            Poll::Ready(None | Some(Taken::End)) => None,
            Poll::Ready(Some(Taken::Mail(error))) => Some(Err(error)),
            Poll::Ready(Some(Taken::Batch(partition))) => {
                self.spent += self.batch.batch().len();
                self.from = Some(partition);
                Some(Ok(()))
            }
        })
    }
}

/// What is said to one reader too many.
pub(super) fn too_many() -> Error {
    ErrorKind::TooMany { what: "streams", limit: READER_LIMIT }.into()
}

/// Registers a stream, or says why that cannot be.
pub(super) fn open(shared: &Shared) -> (Option<Reader>, Option<Error>) {
    if let Err(error) = shared.open_stream() {
        return (None, Some(error));
    }
    let Some(reader) = Reader::lasting(&shared.hub) else {
        shared.close_stream();
        return (None, Some(too_many()));
    };
    // What `recv` has taken and not delivered comes first.
    shared.give_back_received();
    (Some(reader), None)
}
