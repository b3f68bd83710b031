//! One message at a time.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use klamm_core::{BorrowedMessage, Error, ErrorKind};

use super::cursor::{self, Reach};
use crate::{shared::Shared, wake::Reader};

/// The next message: what [`Consumer::recv`](crate::Consumer::recv) returns.
///
/// # Cancel safety
///
/// Dropping it before it completes loses nothing: no message is taken before it is returned.
#[must_use = "futures do nothing unless awaited"]
pub struct Recv<'c> {
    shared: &'c Shared,
    /// Present once it had to look further than into the last batch.
    waiting: Option<Waiting<'c>>,
}

/// A place among the consumer's readers.
struct Waiting<'c> {
    shared: &'c Shared,
    reader: Reader,
}

impl<'c> Waiting<'c> {
    fn new(shared: &'c Shared) -> Result<Self, Error> {
        shared.open_stream()?;
        let Some(reader) = Reader::new(&shared.hub) else {
            shared.close_stream();
            return Err(cursor::too_many());
        };
        Ok(Self { shared, reader })
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.shared.close_stream();
    }
}

impl<'c> Recv<'c> {
    pub(crate) fn new(shared: &'c Shared) -> Self {
        Self { shared, waiting: None }
    }

    /// Goes on when nothing is left of the last batch.
    #[inline(never)]
    fn poll_slow(&mut self, cx: &mut Context<'_>) -> Poll<Result<BorrowedMessage<'c>, Error>> {
        let shared = self.shared;
        let waiting = match &mut self.waiting {
            Some(waiting) => waiting,
            none => none.insert(Waiting::new(shared)?),
        };
        let mut cursor = shared.received();
        let next = |cursor: &mut cursor::Cursor<_>| cursor.next_of(&shared.client);
        let poll = cursor.poll_next(shared, &mut waiting.reader, Reach::All, cx, next);
        // What is left is for the others, if there are any: they look at partitions, not into this batch.
        if poll.is_ready() && cursor.has_more() && shared.has_other_streams() {
            cursor.give_back(shared);
        }
        poll.map(|item| item.unwrap_or_else(|| Err(Error::from(ErrorKind::Closed))))
    }
}

impl<'c> Future for Recv<'c> {
    type Output = Result<BorrowedMessage<'c>, Error>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        // While anyone else reads, nothing is left in here.
        // The lock is let go of before there is an answer, which then needs no place in memory.
        let next = this.shared.received().next_of(&this.shared.client);
        match next {
            Some(message) => Poll::Ready(Ok(message)),
            None => this.poll_slow(cx),
        }
    }
}

impl fmt::Debug for Recv<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recv").finish_non_exhaustive()
    }
}
