//! Reading a stream without an executor.

use std::{
    pin::Pin,
    task::{Context, Poll, Waker},
};

use futures_core::Stream;

use crate::measure::Work;

/// How often in a row a stream may have nothing before it is taken to be empty.
///
/// One that lets other tasks run in between has woken its task by then, and has something at once.
const PATIENCE: usize = 1_000;

/// Reads `messages` items, of each of which `bytes` returns the payload's length before it is dropped.
///
/// Fewer, if there are no more or one is an error. Waking costs as little as it can: whoever runs a real executor pays
/// the same on top for every stream.
pub(super) fn drain<S: Stream + Unpin>(
    stream: &mut S,
    messages: usize,
    bytes: impl Fn(&S::Item) -> Option<usize>,
) -> Work {
    let mut context = Context::from_waker(Waker::noop());
    let mut work = Work::default();
    let mut pauses = Pauses::default();
    while work.messages < messages {
        match Pin::new(&mut *stream).poll_next(&mut context) {
            // Looked at where it is: moving it would cost whoever has the larger items.
            Poll::Ready(Some(ref item)) => match bytes(item) {
                Some(bytes) => work.add(bytes),
                None => break,
            },
            Poll::Ready(None) => break,
            Poll::Pending if pauses.is_enough(work.messages) => break,
            Poll::Pending => {}
        }
    }
    work
}

/// Tells a stream that pauses from one that has ended. It costs nothing while there are messages.
#[derive(Default)]
struct Pauses {
    /// Messages read when it paused last.
    at: usize,
    in_a_row: usize,
}

impl Pauses {
    #[cold]
    fn is_enough(&mut self, messages: usize) -> bool {
        self.in_a_row = if self.at == messages { self.in_a_row + 1 } else { 1 };
        self.at = messages;
        self.in_a_row >= PATIENCE
    }
}
