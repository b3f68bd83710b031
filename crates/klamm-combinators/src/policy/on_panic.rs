//! What a panic in a handler does.

use std::{
    any::Any,
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    task::Poll,
};

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
    /// Runs a handler. Returns what its panic said, if it has panicked and that is to be an error.
    #[inline]
    pub(crate) async fn guard<H: Future>(self, handler: H) -> Result<H::Output, String> {
        if self == Self::Propagate {
            return Ok(handler.await);
        }
        let mut handler = pin!(handler);
        poll_fn(|cx| {
            // What a handler leaves half-done behind is its own business, as it is of any task that panics.
            match catch_unwind(AssertUnwindSafe(|| handler.as_mut().poll(cx))) {
                Ok(poll) => poll.map(Ok),
                Err(panic) => Poll::Ready(Err(said(panic.as_ref()))),
            }
        })
        .await
    }
}

/// Returns what a panic said.
fn said(panic: &(dyn Any + Send)) -> String {
    let said = panic.downcast_ref::<&str>().map(|said| (*said).to_owned());
    said.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "something else than words".to_owned())
}
