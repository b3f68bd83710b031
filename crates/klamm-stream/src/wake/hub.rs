//! Where callbacks and readers of one consumer meet.

use std::task::{Context, Poll};

use super::readers::{Reader, Readers};
use super::ready_set::ReadySet;
use super::slot::Slot;
use super::sync::{AtomicBool, Ordering, fence};

/// Where callbacks and readers of one consumer meet.
#[derive(Debug)]
pub(crate) struct Hub {
    ready: ReadySet,
    pub(super) readers: Readers,
    closed: AtomicBool,
}

impl Hub {
    pub(crate) fn new() -> Self {
        Self { ready: ReadySet::new(), readers: Readers::new(), closed: AtomicBool::new(false) }
    }

    /// Makes room for slot `index`; false beyond [`SLOT_LIMIT`](super::SLOT_LIMIT).
    pub(crate) fn reserve(&self, index: usize) -> bool {
        self.ready.reserve(index)
    }

    /// Says that there may be something in the slot's queue. Atomics only: a callback of librdkafka may call it.
    pub(crate) fn raise(&self, index: usize, slot: &Slot) {
        if slot.raise() {
            self.enqueue(index, slot);
        }
    }

    /// Lets go of a claimed slot, with more in its queue or not.
    pub(crate) fn release(&self, index: usize, slot: &Slot, more: bool) {
        if slot.release(more) {
            self.enqueue(index, slot);
        }
    }

    /// Lets no reader wait any more: once nothing is ready they are told the end.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        fence(Ordering::SeqCst);
        self.readers.wake_all();
    }

    /// Takes from the ready slots until `take` has something, and waits if none has; `None` once closed.
    ///
    /// `turn` is the slot to begin at, and moves on so that each slot gets its turn. `take` claims the slot it is given,
    /// looks into its queue and releases it.
    pub(crate) fn poll_take<T>(
        &self,
        reader: &mut Reader,
        turn: &mut usize,
        cx: &mut Context<'_>,
        mut take: impl FnMut(usize) -> Option<T>,
    ) -> Poll<Option<T>> {
        // A reader that is polled is awake: it must not be chosen in place of one that waits.
        reader.unpark();
        loop {
            // Read before the slots: what was raised before the hub was closed is still taken.
            let is_closed = self.closed.load(Ordering::Acquire);
            while let Some(index) = self.ready.take(*turn) {
                *turn = index + 1;
                if let Some(taken) = take(index) {
                    return Poll::Ready(Some(taken));
                }
            }
            if is_closed {
                return Poll::Ready(None);
            }
            reader.park(cx.waker());
            fence(Ordering::SeqCst);
            // Look again: what became ready before the reader was parked has woken nobody.
            if self.ready.is_empty() && !self.closed.load(Ordering::Acquire) {
                return Poll::Pending;
            }
            reader.unpark();
        }
    }

    /// Takes from the reader's own slot, and waits if there is nothing; `None` once closed.
    ///
    /// `take` looks for what ends the wait otherwise, claims the slot, looks into its queue and releases it.
    pub(crate) fn poll_take_own<T>(
        &self,
        reader: &mut Reader,
        slot: &Slot,
        cx: &mut Context<'_>,
        mut take: impl FnMut() -> Option<T>,
    ) -> Poll<Option<T>> {
        reader.unpark();
        loop {
            let is_closed = self.closed.load(Ordering::Acquire);
            if let Some(taken) = take() {
                return Poll::Ready(Some(taken));
            }
            if is_closed {
                return Poll::Ready(None);
            }
            reader.park(cx.waker());
            fence(Ordering::SeqCst);
            if !slot.is_ready() && !self.closed.load(Ordering::Acquire) {
                return Poll::Pending;
            }
            reader.unpark();
        }
    }

    /// Gives a slot that was [owned](Reader::own) back to all readers.
    pub(crate) fn disown(&self, index: usize, slot: &Slot) {
        slot.set_owner(None);
        self.enqueue(index, slot);
    }

    /// Finds another reader for a wake-up that its own has not used.
    pub(super) fn pass_on(&self) {
        if !self.ready.is_empty() {
            self.readers.wake();
        }
    }

    /// Puts a slot into the ready set, whatever its state: a reader that finds it not ready leaves it alone.
    pub(crate) fn enqueue(&self, index: usize, slot: &Slot) {
        self.ready.insert(index);
        fence(Ordering::SeqCst);
        match slot.owner() {
            Some(number) => self.readers.wake_one(number),
            None => self.readers.wake(),
        }
    }
}
