//! What a reader keeps its batch in.

use super::batch::{Batch, Lending};
use crate::{BorrowedMessage, Message, SharedMessage};

/// What a reader keeps its batch in: as it is, or as one that lends to a borrower of its client.
pub trait Keep: Send + Unpin {
    /// A message as it comes out.
    type Message: Message + Send + Sync;

    /// Returns the next message; none if nothing waits, or an error is next.
    fn next_message(&mut self) -> Option<Self::Message>;

    /// Looks at the batch.
    fn batch(&self) -> &Batch;

    /// Changes the batch, or puts another one of the same client in its place.
    ///
    /// # Panics
    ///
    /// May panic if afterwards it is another client's.
    fn change<R>(&mut self, change: impl FnOnce(&mut Batch) -> R) -> R;
}

/// The messages keep the client alive.
impl Keep for Batch {
    type Message = SharedMessage;

    #[inline]
    fn next_message(&mut self) -> Option<SharedMessage> {
        self.next_shared()
    }

    #[inline]
    fn batch(&self) -> &Batch {
        self
    }

    #[inline]
    fn change<R>(&mut self, change: impl FnOnce(&mut Batch) -> R) -> R {
        change(self)
    }
}

/// The messages borrow from the client.
impl<'c> Keep for Lending<'c> {
    type Message = BorrowedMessage<'c>;

    #[inline]
    fn next_message(&mut self) -> Option<BorrowedMessage<'c>> {
        Lending::next_message(self)
    }

    #[inline]
    fn batch(&self) -> &Batch {
        self.get()
    }

    #[inline]
    fn change<R>(&mut self, change: impl FnOnce(&mut Batch) -> R) -> R {
        Lending::change(self, change)
    }
}
