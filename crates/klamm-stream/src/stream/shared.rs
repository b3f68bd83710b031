//! The messages of all partitions, each keeping the client alive.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::{FusedStream, Stream};
use klamm_core::{Error, SharedMessage, native::Batch};

use super::{
    Cursor,
    cursor::{self, Reach},
};
use crate::{Consumer, wake::Reader};

/// The messages of all assigned partitions as a stream that owns its consumer: `'static`, to be spawned and stored.
///
/// It is [`MessageStream`](crate::MessageStream) with [`SharedMessage`]s: one reference count a message, still no copy.
/// What is said there of order, delivery, cancellation and errors holds here.
///
/// # Cancel safety
///
/// `next()` on it is cancel safe: no message is taken from the stream before it is returned.
#[must_use = "streams do nothing unless polled"]
pub struct SharedMessageStream {
    // Given back before the consumer is let go of.
    cursor: Cursor<Batch>,
    /// None if the stream was refused.
    reader: Option<Reader>,
    /// Why it was refused, until that was said.
    refused: Option<Error>,
    is_done: bool,
    consumer: Consumer,
}

impl SharedMessageStream {
    pub(crate) fn new(consumer: Consumer) -> Self {
        let shared = consumer.shared();
        let (reader, refused) = cursor::open(shared);
        Self { cursor: Cursor::new(&shared.client), reader, refused, is_done: false, consumer }
    }

    /// Goes on when nothing is left of the last batch.
    #[inline(never)]
    fn poll_slow(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<SharedMessage, Error>>> {
        let poll = match &mut self.reader {
            Some(reader) => {
                self.cursor.poll_next(self.consumer.shared(), reader, Reach::All, cx, Cursor::next_message)
            }
            None => Poll::Ready(self.refused.take().map(Err)),
        };
        if matches!(poll, Poll::Ready(None)) {
            self.is_done = true;
        }
        poll
    }
}

impl Stream for SharedMessageStream {
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

impl FusedStream for SharedMessageStream {
    fn is_terminated(&self) -> bool {
        self.is_done
    }
}

impl Drop for SharedMessageStream {
    fn drop(&mut self) {
        let shared = self.consumer.shared();
        self.cursor.give_back(shared);
        if self.reader.is_some() {
            shared.close_stream();
        }
    }
}

impl fmt::Debug for SharedMessageStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedMessageStream").field("is_done", &self.is_done).finish_non_exhaustive()
    }
}
