//! A gate before handlers.

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    task::{Poll, Waker},
};

/// A gate before handlers, which lets so many pass and holds the others until it is opened.
#[derive(Debug)]
pub(super) struct Gate {
    left: Cell<usize>,
    held: RefCell<Vec<Waker>>,
}

impl Gate {
    pub(super) fn new(messages: usize) -> Self {
        Self { left: Cell::new(messages), held: RefCell::default() }
    }

    /// Waits until one more may pass.
    pub(super) async fn pass(&self) {
        poll_fn(|cx| {
            if let Some(left) = self.left.get().checked_sub(1) {
                self.left.set(left);
                return Poll::Ready(());
            }
            self.held.borrow_mut().push(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// Lets all pass.
    pub(super) fn open(&self) {
        self.left.set(usize::MAX);
        self.held.take().into_iter().for_each(Waker::wake);
    }
}
