//! What a panic in a handler does.

use std::{
    any::Any,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

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
    /// committed, and the pipeline ends with [`ProcessError::Panicked`](crate::ProcessError::Panicked). A closure of
    /// `process_shared` that panics before it has returned its future is not caught.
    Fail,
}

impl OnPanic {
    /// Runs a handler.
    #[inline]
    pub(crate) fn guard<H>(self, handler: H) -> Guarded<H> {
        Guarded { handler, on_panic: self }
    }

    /// Polls a handler.
    #[expect(clippy::inline_always, reason = "a call costs as much as what it does, for each message")]
    #[inline(always)]
    pub(crate) fn poll<O, E, H>(
        self,
        handler: Pin<&mut H>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<O, Failed<E>>>
    where
        H: Future<Output = Result<O, E>>,
    {
        match self {
            Self::Propagate => handler.poll(cx).map_err(Failed::Handler),
            Self::Fail => poll_caught(handler, cx),
        }
    }
}

pin_project! {
    /// A handler, and what its panic does.
    pub(crate) struct Guarded<H> {
        #[pin]
        handler: H,
        on_panic: OnPanic,
    }
}

impl<O, E, H> Future for Guarded<H>
where
    O: IntoOutcome,
    H: Future<Output = Result<O, E>>,
{
    type Output = Result<Outcome, Failed<E>>;

    #[expect(clippy::inline_always, reason = "a call costs as much as what it does, for each message")]
    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        this.on_panic.poll(this.handler, cx).map_ok(IntoOutcome::into_outcome)
    }
}

/// Polls a handler whose panic is an error. What it leaves half-done behind is its own business, as it is of any task that
/// panics.
#[cold]
fn poll_caught<O, E, H>(handler: Pin<&mut H>, cx: &mut Context<'_>) -> Poll<Result<O, Failed<E>>>
where
    H: Future<Output = Result<O, E>>,
{
    match catch_unwind(AssertUnwindSafe(|| handler.poll(cx))) {
        Ok(poll) => poll.map_err(Failed::Handler),
        Err(panic) => Poll::Ready(Err(Failed::Panicked(said(panic.as_ref())))),
    }
}

/// Returns what a panic said.
fn said(panic: &(dyn Any + Send)) -> String {
    let said = panic.downcast_ref::<&str>().map(|said| (*said).to_owned());
    said.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "something else than words".to_owned())
}
