//! When a pipeline ends in good order.

use std::{fmt, future::Future, pin::Pin, time::Duration};

use crate::error::Invalid;

/// When a pipeline ends in good order, and how long that may take.
pub(crate) struct Drain {
    pub(crate) signal: Pin<Box<dyn Future<Output = ()> + Send>>,
    pub(crate) within: Duration,
}

impl Drain {
    pub(crate) fn new<F>(signal: F, within: Duration) -> Self
    where
        F: Future + Send + 'static,
    {
        let signal = Box::pin(async move {
            signal.await;
        });
        Self { signal, within }
    }

    pub(super) fn check(&self) -> Result<(), Invalid> {
        if self.within.is_zero() {
            return Err(Invalid::new(
                "drain_on",
                "no time is left for what was started; drop the pipeline instead",
            ));
        }
        Ok(())
    }
}

impl fmt::Debug for Drain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drain").field("within", &self.within).finish_non_exhaustive()
    }
}
