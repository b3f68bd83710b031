//! Reading a stream without an executor.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use futures_core::Stream;
use futures_util::StreamExt;

use crate::measure::Work;

/// How often a stream may have nothing before it is taken to be empty, beyond once in 64 messages.
///
/// One that lets other tasks run in between has woken its task by then, and has something at once.
const PATIENCE: usize = 1_000;

/// Reads `messages` items as users do, with `while let Some(item) = stream.next().await`; `bytes` returns the length of an
/// item's payload before it is dropped.
///
/// Fewer, if there are no more or one is an error. Waking costs as little as it can: whoever runs a real executor pays
/// the same on top for every stream.
#[expect(
    clippy::inline_always,
    reason = "what is measured is the stream, and not a call that the compiler has left"
)]
#[inline(always)]
pub(super) fn drain<S: Stream + Unpin>(
    stream: &mut S,
    messages: usize,
    bytes: impl Fn(&S::Item) -> Option<usize>,
) -> Work {
    let mut work = Work::default();
    each(stream, messages, |item| bytes(&item).map(|bytes| work.add(bytes)).is_some());
    work
}

/// Reads `messages` items, and gives each to `take` until that returns false.
#[expect(clippy::inline_always, reason = "as above")]
#[inline(always)]
pub(super) fn each<S: Stream + Unpin>(
    stream: &mut S,
    messages: usize,
    mut take: impl FnMut(S::Item) -> bool,
) {
    poll_through(messages, async {
        let mut left = messages;
        while let Some(item) = stream.next().await {
            left -= 1;
            if !take(item) || left == 0 {
                break;
            }
        }
    });
}

/// Polls a task that reads `messages` items until it is done, or taken to have nothing left to read.
#[expect(clippy::inline_always, reason = "as above")]
#[inline(always)]
pub(super) fn poll_through(messages: usize, reading: impl Future<Output = ()>) {
    let mut reading = pin!(reading);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..messages / 64 + PATIENCE {
        if let Poll::Ready(()) = reading.as_mut().poll(&mut context) {
            return;
        }
    }
}
