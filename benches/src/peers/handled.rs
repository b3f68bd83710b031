//! What a handler has been given so far.

use std::{
    cell::Cell,
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

use super::drain::poll_through;
use crate::measure::Work;

/// What a handler has been given so far, by one thread.
#[derive(Debug, Default)]
pub(super) struct Handled(Cell<Work>);

impl Handled {
    /// Counts a message with a payload of `bytes` bytes.
    #[inline]
    pub(super) fn add(&self, bytes: usize) {
        let mut work = self.0.get();
        work.add(bytes);
        self.0.set(work);
    }

    /// Returns what was counted.
    pub(super) fn work(&self) -> Work {
        self.0.get()
    }

    /// Polls what handles messages until `messages` were counted, without an executor, or until it is taken to have no more.
    #[expect(clippy::inline_always, reason = "as of the streams")]
    #[inline(always)]
    pub(super) fn poll_until<T>(&self, messages: usize, handling: impl Future<Output = T>) -> Work {
        let mut handling = pin!(handling);
        poll_through(
            messages,
            poll_fn(|cx| {
                let is_over = handling.as_mut().poll(cx).is_ready();
                if is_over || self.work().messages >= messages { Poll::Ready(()) } else { Poll::Pending }
            }),
        );
        self.work()
    }
}
