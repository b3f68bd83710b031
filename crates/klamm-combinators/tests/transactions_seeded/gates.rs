//! Handlers that wait until they are told to go on.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    future::poll_fn,
    task::{Poll, Waker},
};

/// The handlers that wait, in the order in which they were started.
#[derive(Default)]
pub(crate) struct Gates {
    waiting: RefCell<BTreeMap<u64, Waker>>,
    started: Cell<u64>,
}

/// A handler that waits, until it is let through or dropped.
struct Gate<'g>(&'g Gates, u64);

impl Drop for Gate<'_> {
    fn drop(&mut self) {
        self.0.waiting.borrow_mut().remove(&self.1);
    }
}

impl Gates {
    /// Waits until it is let through.
    pub(crate) async fn pass(&self) {
        let number = self.started.replace(self.started.get() + 1);
        self.waiting.borrow_mut().insert(number, Waker::noop().clone());
        let gate = Gate(self, number);
        poll_fn(|cx| match self.waiting.borrow_mut().get_mut(&number) {
            Some(waker) => {
                waker.clone_from(cx.waker());
                Poll::Pending
            }
            None => Poll::Ready(()),
        })
        .await;
        drop(gate);
    }

    /// Returns how many handlers wait.
    pub(crate) fn count(&self) -> usize {
        self.waiting.borrow().len()
    }

    /// Lets one of those through that wait.
    pub(crate) fn open(&self, index: usize) {
        let number = *self.waiting.borrow().keys().nth(index).unwrap();
        let waker = self.waiting.borrow_mut().remove(&number).unwrap();
        waker.wake();
    }
}
