//! Places for handlers that run at once: each pinned and given a waker once, and used again and again.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use atomic_waker::AtomicWaker;

use crate::tracker::Ticket;

/// Places for handlers that run at once. None is allocated after the first moment, and only those that were woken are
/// polled.
pub(super) struct Slots<F> {
    places: Vec<Place<F>>,
    free: Vec<usize>,
    /// Those that were woken when the task was polled.
    due: Box<[u64]>,
    woken: Arc<Woken>,
}

struct Place<F> {
    handler: Pin<Box<Option<F>>>,
    ticket: Option<Ticket>,
    waker: Waker,
}

/// Which places were woken, and the task that has them.
struct Woken {
    bits: Box<[AtomicU64]>,
    task: AtomicWaker,
}

struct PlaceWaker {
    index: usize,
    woken: Arc<Woken>,
}

impl Wake for PlaceWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let word = &self.woken.bits[self.index / 64];
        let bit = 1 << (self.index % 64);
        // A place that is marked already has woken the task, which has not looked since.
        if word.fetch_or(bit, Ordering::AcqRel) & bit == 0 {
            self.woken.task.wake();
        }
    }
}

impl<F: Future> Slots<F> {
    /// Makes `count` places for what `make` returns.
    pub(super) fn new<A>(count: usize, _make: &impl Fn(A) -> F) -> Self {
        let words = count.div_ceil(64);
        let bits = (0..words).map(|_| AtomicU64::new(0)).collect();
        let woken = Arc::new(Woken { bits, task: AtomicWaker::new() });
        let places = (0..count).map(|index| Place {
            handler: Box::pin(None),
            ticket: None,
            waker: Waker::from(Arc::new(PlaceWaker { index, woken: Arc::clone(&woken) })),
        });
        Self { places: places.collect(), free: (0..count).rev().collect(), due: vec![0; words].into(), woken }
    }

    /// Has this task woken from here on, and notes who was woken until now. To be called once when the task is polled: a
    /// handler that wakes itself is polled when the task is polled again, so that others get their turn.
    pub(super) fn begin(&mut self, cx: &Context<'_>) {
        self.woken.task.register(cx.waker());
        for (due, woken) in self.due.iter_mut().zip(&self.woken.bits) {
            *due |= woken.swap(0, Ordering::AcqRel);
        }
    }

    pub(super) fn has_free(&self) -> bool {
        !self.free.is_empty()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.free.len() == self.places.len()
    }

    /// Starts a handler in a free place, and returns its outcome if it is done at once.
    ///
    /// # Panics
    ///
    /// If no place is free.
    #[inline]
    pub(super) fn start(&mut self, ticket: Ticket, handler: F) -> Poll<F::Output> {
        let index = *self.free.last().expect("the caller has seen a free place");
        let place = &mut self.places[index];
        place.handler.set(Some(handler));
        let poll = place.poll();
        if poll.is_pending() {
            place.ticket = Some(ticket);
            self.free.pop();
        }
        poll
    }

    /// Polls the handlers that are due until one is done.
    pub(super) fn poll_due(&mut self) -> Option<(Ticket, F::Output)> {
        for (number, word) in self.due.iter_mut().enumerate() {
            while *word != 0 {
                let index = number * 64 + word.trailing_zeros() as usize;
                *word &= *word - 1;
                let place = &mut self.places[index];
                // A waker may outlive its handler.
                let Some(ticket) = place.ticket else { continue };
                if let Poll::Ready(output) = place.poll() {
                    place.ticket = None;
                    self.free.push(index);
                    return Some((ticket, output));
                }
            }
        }
        None
    }

    /// Drops the handlers for which `is_over` holds, and tells `each` of their tickets.
    pub(super) fn drop_where(&mut self, is_over: impl Fn(Ticket) -> bool, mut each: impl FnMut(Ticket)) {
        for (index, place) in self.places.iter_mut().enumerate() {
            if let Some(ticket) = place.ticket.take_if(|ticket| is_over(*ticket)) {
                place.handler.set(None);
                self.free.push(index);
                each(ticket);
            }
        }
    }
}

impl<F: Future> Place<F> {
    /// Polls the handler, and drops it once it is done.
    #[inline]
    fn poll(&mut self) -> Poll<F::Output> {
        let handler = self.handler.as_mut().as_pin_mut().expect("a place in use has a handler");
        let poll = handler.poll(&mut Context::from_waker(&self.waker));
        if poll.is_ready() {
            self.handler.set(None);
        }
        poll
    }
}
