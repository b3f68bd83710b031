//! What a panic in a handler does.

use std::{
    any::Any,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll},
};

use crate::{IntoOutcome, Outcome, engine::Failed};

/// What a panic in a handler does. In both cases its message counts as not done and is delivered again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnPanic {
    /// It goes on through the pipeline's future, whose other handlers are dropped. What was done is committed in the
    /// background.
    #[default]
    Propagate,
    /// It is an error like any other: nothing more is started, the other handlers are waited for, what is done is
    /// committed, and the pipeline ends with [`ProcessError::Panicked`](crate::ProcessError::Panicked).
    Fail,
}

impl OnPanic {
    /// Runs a handler that stays where it is.
    #[inline]
    pub(crate) fn guard<H>(self, handler: Pin<&mut H>) -> Guarded<'_, H> {
        Guarded { handler, on_panic: self }
    }
}

/// A handler, and what its panic does.
pub(crate) struct Guarded<'h, H> {
    handler: Pin<&'h mut H>,
    on_panic: OnPanic,
}

impl<O, E, H> Future for Guarded<'_, H>
where
    O: IntoOutcome,
    H: Future<Output = Result<O, E>>,
{
    type Output = Result<Outcome, Failed<E>>;

    #[expect(clippy::inline_always, reason = "a call costs as much as what it does, for each message")]
    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { handler, on_panic } = self.get_mut();
        if *on_panic == OnPanic::Fail {
            return poll_caught(handler.as_mut(), cx);
        }
        handler.as_mut().poll(cx).map(|said| said.map(IntoOutcome::into_outcome).map_err(Failed::Handler))
    }
}

/// Polls a handler whose panic is an error. What it leaves half-done behind is its own business, as it is of any task that
/// panics.
#[inline(never)]
fn poll_caught<O, E, H>(handler: Pin<&mut H>, cx: &mut Context<'_>) -> Poll<Result<Outcome, Failed<E>>>
where
    O: IntoOutcome,
    H: Future<Output = Result<O, E>>,
{
    match catch_unwind(AssertUnwindSafe(|| handler.poll(cx))) {
        Ok(poll) => poll.map(|said| said.map(IntoOutcome::into_outcome).map_err(Failed::Handler)),
        Err(panic) => Poll::Ready(Err(Failed::Panicked(said(panic.as_ref())))),
    }
}

/// Returns what a panic said.
fn said(panic: &(dyn Any + Send)) -> String {
    let said = panic.downcast_ref::<&str>().map(|said| (*said).to_owned());
    said.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "something else than words".to_owned())
}
