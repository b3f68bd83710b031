//! One reader's place: the batch it took, and where it goes for the next.

use std::{
    sync::Arc,
    task::{Context, Poll, ready},
};

use klamm_core::{
    BorrowedMessage, Error, SharedMessage,
    native::{BATCH_MESSAGES, Batch, Client},
};

use crate::{
    control::Request,
    partition::{Partition, Table},
    shared::Shared,
    wake::{READER_LIMIT, Reader},
};

/// One reader's place: the batch it took, and where it goes for the next.
pub(crate) struct Cursor {
    batch: Batch,
    /// Where the batch is from, and under which version.
    from: Option<(Arc<Partition>, u32)>,
    turn: usize,
    /// Messages taken since the reader last let other tasks run.
    spent: usize,
}

/// What a look at one slot brought.
enum Taken {
    Batch(Arc<Partition>, u32),
    Mail(Error),
}

impl Cursor {
    pub(crate) fn new(client: &Client) -> Self {
        Self { batch: Batch::new(client), from: None, turn: 0, spent: 0 }
    }

    /// Returns the next message, borrowed.
    #[inline]
    pub(crate) fn poll_next<'c>(
        &mut self,
        shared: &'c Shared,
        reader: &mut Reader,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<BorrowedMessage<'c>, Error>>> {
        loop {
            if self.is_current() {
                match self.batch.next(&shared.client) {
                    Some(Ok(message)) => return Poll::Ready(Some(Ok(message))),
                    Some(Err(error)) => return Poll::Ready(Some(Err(self.met(shared, error)))),
                    None => {}
                }
            }
            match ready!(self.poll_fill(shared, reader, cx)) {
                Some(Ok(())) => {}
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }

    /// Returns the next message as one that keeps the client alive.
    #[inline]
    pub(crate) fn poll_next_shared(
        &mut self,
        shared: &Shared,
        reader: &mut Reader,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<SharedMessage, Error>>> {
        loop {
            if self.is_current() {
                match self.batch.next_shared() {
                    Some(Ok(message)) => return Poll::Ready(Some(Ok(message))),
                    Some(Err(error)) => return Poll::Ready(Some(Err(self.met(shared, error)))),
                    None => {}
                }
            }
            match ready!(self.poll_fill(shared, reader, cx)) {
                Some(Ok(())) => {}
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }

    /// Tells whether there is something left to deliver.
    pub(crate) fn has_more(&self) -> bool {
        self.is_current() && !self.batch.is_empty()
    }

    /// Gives back what was taken and not delivered.
    pub(crate) fn give_back(&mut self, shared: &Shared) {
        if let Some((partition, version)) = self.from.take() {
            if !self.batch.is_empty() {
                let batch = std::mem::replace(&mut self.batch, Batch::new(&shared.client));
                partition.give_back(&shared.hub, batch, version);
            }
        }
    }

    /// Tells whether the batch is still to be delivered: no revoke, seek or rewind has outdated it.
    #[inline]
    fn is_current(&self) -> bool {
        matches!(&self.from, Some((partition, version)) if partition.version() == *version)
    }

    #[cold]
    fn met(&self, shared: &Shared, error: Error) -> Error {
        shared.requests.send(Request::Repair(self.batch.epoch()));
        error
    }

    /// Takes the next batch, or an error that concerns no partition; `None` once the consumer is closed.
    fn poll_fill(
        &mut self,
        shared: &Shared,
        reader: &mut Reader,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<(), Error>>> {
        self.batch.clear();
        self.from = None;
        // A reader that never waits would keep its executor from everything else.
        if self.spent >= BATCH_MESSAGES {
            self.spent = 0;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let Self { batch, turn, .. } = self;
        let taken = shared.hub.poll_take(reader, turn, cx, |slot| {
            if slot == Table::MAIL {
                return shared.take_mail().map(Taken::Mail);
            }
            let partition = shared.table.get(slot)?;
            let version = partition.take(&shared.hub, batch)?;
            Some(Taken::Batch(partition, version))
        });
        // Errors that arrived on a partition's queue rather than on the consumer's.
        for event in shared.client.take_errors() {
            crate::control::report(shared, event);
        }
        Poll::Ready(match taken {
            Poll::Pending => {
                self.spent = 0;
                return Poll::Pending;
            }
            Poll::Ready(None) => None,
            Poll::Ready(Some(Taken::Mail(error))) => Some(Err(error)),
            Poll::Ready(Some(Taken::Batch(partition, version))) => {
                self.spent += self.batch.len();
                self.from = Some((partition, version));
                Some(Ok(()))
            }
        })
    }
}

/// Takes a place among those that can be woken.
pub(super) fn reader(shared: &Shared) -> Result<Reader, Error> {
    Reader::new(&shared.hub).ok_or(Error::TooMany { what: "streams", limit: READER_LIMIT })
}

/// Registers a stream, or says why that cannot be.
pub(super) fn open(shared: &Shared) -> (Option<Reader>, Option<Error>) {
    let opened = shared.open_stream().and_then(|()| reader(shared).inspect_err(|_| shared.close_stream()));
    match opened {
        Ok(reader) => (Some(reader), None),
        Err(error) => (None, Some(error)),
    }
}
