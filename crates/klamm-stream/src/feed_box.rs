//! What the control thread has for a pipeline.

use std::{
    collections::VecDeque,
    fmt,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
};

use klamm_core::contract::Event;

/// What the control thread has for a pipeline: that of a consumer, or that of one of its partitions.
#[derive(Default)]
pub(crate) struct FeedBox {
    has_event: AtomicBool,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    is_attached: bool,
    events: VecDeque<Event>,
    waker: Option<Waker>,
}

impl FeedBox {
    /// Lets a pipeline hear of events from here on, beginning with `first`.
    pub(crate) fn attach(&self, first: impl FnOnce() -> Event) {
        let mut inner = self.lock();
        inner.is_attached = true;
        inner.events.clear();
        inner.events.push_back(first());
        self.has_event.store(true, Ordering::Release);
    }

    /// Lets the pipeline go. Tokens it has not seen are dropped, which releases their holds.
    pub(crate) fn detach(&self) {
        let left = std::mem::take(&mut *self.lock());
        drop(left);
        self.has_event.store(false, Ordering::Release);
    }

    /// Tells the pipeline, if there is one; else the event is dropped.
    pub(crate) fn send(&self, event: Event) {
        let mut inner = self.lock();
        if !inner.is_attached {
            drop(inner);
            drop(event);
            return;
        }
        inner.events.push_back(event);
        self.has_event.store(true, Ordering::Release);
        let waker = inner.waker.take();
        drop(inner);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    #[inline]
    pub(crate) fn has_event(&self) -> bool {
        self.has_event.load(Ordering::Acquire)
    }

    pub(crate) fn poll_event(&self, cx: &mut Context<'_>) -> Poll<Event> {
        let mut inner = self.lock();
        let event = inner.events.pop_front();
        self.has_event.store(!inner.events.is_empty(), Ordering::Release);
        if let Some(event) = event {
            return Poll::Ready(event);
        }
        if !inner.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            inner.waker = Some(cx.waker().clone());
        }
        Poll::Pending
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for FeedBox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FeedBox").field("has_event", &self.has_event()).finish_non_exhaustive()
    }
}
