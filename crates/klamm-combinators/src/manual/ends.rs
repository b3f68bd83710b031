//! Whom to wake: the stream of deliveries and its commit, which may be of different tasks.

use std::{
    sync::Arc,
    task::{Context, Wake, Waker},
};

use atomic_waker::AtomicWaker;

/// Both ends of a pipeline by hand. Each polls the same engine, and neither may be forgotten for the other: so the engine is
/// polled with a waker that wakes both.
#[derive(Debug)]
pub(super) struct Ends {
    wakers: Arc<Wakers>,
    both: Waker,
}

#[derive(Debug, Default)]
struct Wakers {
    deliveries: AtomicWaker,
    commit: AtomicWaker,
}

impl Wake for Wakers {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.deliveries.wake();
        self.commit.wake();
    }
}

impl Ends {
    pub(super) fn new() -> Self {
        let wakers = Arc::<Wakers>::default();
        Self { both: Waker::from(Arc::clone(&wakers)), wakers }
    }

    /// Has the stream of deliveries woken, and returns what to poll the engine with.
    pub(super) fn of_deliveries(&self, cx: &Context<'_>) -> Context<'_> {
        self.wakers.deliveries.register(cx.waker());
        Context::from_waker(&self.both)
    }

    /// Has the commit woken, and returns what to poll the engine with.
    pub(super) fn of_commit(&self, cx: &Context<'_>) -> Context<'_> {
        self.wakers.commit.register(cx.waker());
        Context::from_waker(&self.both)
    }

    /// Has the stream of deliveries look again, which may be over.
    pub(super) fn wake_deliveries(&self) {
        self.wakers.deliveries.wake();
    }
}
