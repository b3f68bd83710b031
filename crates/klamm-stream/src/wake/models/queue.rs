//! What the models run on: librdkafka's queue as far as it matters here, and its readers.

use std::{future::poll_fn, sync::Arc, task::Poll};

use loom::{future::block_on, sync::Mutex};

use crate::wake::{Hub, Reader, Slot};

/// A queue that calls back under its own lock, on the empty-to-non-empty edge only.
pub(super) struct Queue {
    pub(super) hub: Arc<Hub>,
    pub(super) index: usize,
    pub(super) slot: Slot,
    len: Mutex<usize>,
}

impl Queue {
    pub(super) fn push(&self) {
        let mut len = self.len.lock().unwrap();
        *len += 1;
        if *len == 1 {
            self.hub.raise(self.index, &self.slot);
        }
    }

    pub(super) fn pop(&self) -> bool {
        let mut len = self.len.lock().unwrap();
        let found = *len > 0;
        *len -= usize::from(found);
        found
    }

    /// What `Partition::take` does: claim, look into the queue, release.
    pub(super) fn take(&self) -> Option<()> {
        if !self.slot.claim() {
            return None;
        }
        let found = self.pop();
        self.hub.release(self.index, &self.slot, found);
        found.then_some(())
    }
}

/// Runs every schedule with up to so many preemptions.
pub(super) fn model(preemptions: usize, body: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(body);
}

pub(super) fn hub() -> Arc<Hub> {
    let hub = Arc::new(Hub::new());
    hub.reserve(1);
    // Rooms are made before the threads start: loom does not see through `OnceLock`.
    drop(Reader::new(&hub));
    hub
}

pub(super) fn queue(hub: &Arc<Hub>, index: usize) -> Arc<Queue> {
    Arc::new(Queue { hub: Arc::clone(hub), index, slot: Slot::new(), len: Mutex::new(0) })
}

/// Reads one item, or the end.
pub(super) async fn next(
    hub: &Hub,
    reader: &mut Reader,
    turn: &mut usize,
    queues: &[Arc<Queue>],
) -> Option<()> {
    poll_fn(|cx| hub.poll_take(reader, turn, cx, |index| queues[index].take())).await
}

/// Polls once, and goes on whether something came of it or not, and whether the task was woken since or not.
pub(super) fn once<T>(mut poll: impl FnMut(&mut std::task::Context<'_>) -> Poll<Option<T>>) -> Option<T> {
    let mut polled = false;
    block_on(poll_fn(|cx| {
        if std::mem::replace(&mut polled, true) {
            return Poll::Ready(None);
        }
        let poll = poll(cx);
        cx.waker().wake_by_ref();
        poll
    }))
}
