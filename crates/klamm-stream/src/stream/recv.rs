//! One message at a time.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::PoisonError,
    task::{Context, Poll},
};

use klamm_core::{BorrowedMessage, Error, ErrorKind};

use super::cursor;
use crate::{shared::Shared, wake::Reader};

/// The next message: what [`Consumer::recv`](crate::Consumer::recv) returns.
///
/// # Cancel safety
///
/// Dropping it before it completes loses nothing: no message is taken before it is returned.
#[must_use = "futures do nothing unless awaited"]
pub struct Recv<'c> {
    shared: &'c Shared,
    /// Taken when it is first polled.
    reader: Option<Reader>,
    is_open: bool,
}

impl<'c> Recv<'c> {
    pub(crate) fn new(shared: &'c Shared) -> Self {
        Self { shared, reader: None, is_open: false }
    }
}

impl<'c> Future for Recv<'c> {
    type Output = Result<BorrowedMessage<'c>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let shared = this.shared;
        if !this.is_open {
            shared.open_stream()?;
            this.is_open = true;
        }
        let reader = match &mut this.reader {
            Some(reader) => reader,
            none => none.insert(Reader::new(&shared.hub).ok_or_else(cursor::too_many)?),
        };
        let mut cursor = shared.recv.lock().unwrap_or_else(PoisonError::into_inner);
        let poll = cursor.poll_next(shared, reader, cx, |cursor| cursor.next_of(&shared.client));
        // What is left is for the others, if there are any: they look at partitions, not into this batch.
        if poll.is_ready() && cursor.has_more() && shared.has_other_streams() {
            cursor.give_back(shared);
        }
        poll.map(|item| item.unwrap_or(Err(Error::from(ErrorKind::Closed))))
    }
}

impl Drop for Recv<'_> {
    fn drop(&mut self) {
        if self.is_open {
            self.shared.close_stream();
        }
    }
}

impl fmt::Debug for Recv<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recv").finish_non_exhaustive()
    }
}
