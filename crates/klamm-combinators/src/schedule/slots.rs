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

/// Places that share one word of wake-ups.
const GROUP: usize = 64;

/// Places for handlers that run at once. Starting a handler in one that was used before allocates nothing, and only those
/// that were woken are polled.
///
/// `T` is what is kept beside a handler that waits.
pub(super) struct Slots<F, T> {
    places: Vec<Place<F, T>>,
    free: Vec<usize>,
    groups: Vec<Group>,
    /// How many places there may be, if that is limited.
    limit: Option<usize>,
    task: Arc<AtomicWaker>,
}

/// A place for a handler.
pub(super) struct Place<F, T> {
    handler: Pin<Box<Option<F>>>,
    beside: Option<T>,
    waker: Waker,
}

struct Group {
    woken: Arc<Woken>,
    /// Those that were woken when the task was polled.
    due: u64,
}

/// Which places of a group were woken, and the task that has them.
struct Woken {
    bits: AtomicU64,
    task: Arc<AtomicWaker>,
}

struct PlaceWaker {
    bit: u64,
    woken: Arc<Woken>,
}

impl Wake for PlaceWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // A place that is marked already has woken the task, which has not looked since.
        if self.woken.bits.fetch_or(self.bit, Ordering::AcqRel) & self.bit == 0 {
            self.woken.task.wake();
        }
    }
}

impl<F: Future, T: Copy> Slots<F, T> {
    /// Makes room for up to `limit` of what `make` returns.
    pub(super) fn new<A>(limit: Option<usize>, _make: &impl Fn(A) -> F) -> Self {
        Self { places: Vec::new(), free: Vec::new(), groups: Vec::new(), limit, task: Arc::default() }
    }

    /// Has this task woken from here on, and notes who was woken until now. To be called once when the task is polled: a
    /// handler that wakes itself is polled when the task is polled again, so that others get their turn.
    pub(super) fn begin(&mut self, cx: &Context<'_>) {
        self.task.register(cx.waker());
        for group in &mut self.groups {
            group.due |= group.woken.bits.swap(0, Ordering::AcqRel);
        }
    }

    /// Tells whether another handler can be started.
    #[inline]
    pub(super) fn has_free(&self) -> bool {
        !self.free.is_empty() || self.limit.is_none_or(|limit| self.places.len() < limit)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.free.len() == self.places.len()
    }

    /// Returns a place for a handler. If one is started there that waits, [`keep`](Self::keep) must follow.
    #[inline]
    pub(super) fn free_place(&mut self) -> &mut Place<F, T> {
        let index = match self.free.last() {
            Some(index) => *index,
            None => self.add(),
        };
        &mut self.places[index]
    }

    /// Keeps the handler that was started last, and waits, with what belongs to it.
    pub(super) fn keep(&mut self, beside: T) {
        let index = self.free.pop().expect("a handler was started");
        self.places[index].beside = Some(beside);
    }

    /// Polls the handlers that are due until one is done.
    pub(super) fn poll_due(&mut self) -> Option<(T, F::Output)> {
        for (number, group) in self.groups.iter_mut().enumerate() {
            while group.due != 0 {
                let index = number * GROUP + group.due.trailing_zeros() as usize;
                group.due &= group.due - 1;
                let place = &mut self.places[index];
                // A waker may outlive its handler.
                let Some(beside) = place.beside else { continue };
                if let Poll::Ready(output) = place.poll() {
                    place.beside = None;
                    self.free.push(index);
                    return Some((beside, output));
                }
            }
        }
        None
    }

    /// Returns what belongs to the handlers that wait.
    pub(super) fn kept(&self) -> impl Iterator<Item = &T> {
        self.places.iter().filter_map(|place| place.beside.as_ref())
    }

    /// Drops the handlers for which `is_over` holds, and returns what belonged to them.
    pub(super) fn drop_where(&mut self, is_over: impl Fn(&T) -> bool) -> Vec<T> {
        let mut dropped = Vec::new();
        for (index, place) in self.places.iter_mut().enumerate() {
            if let Some(beside) = place.beside.take_if(|beside| is_over(beside)) {
                place.handler.set(None);
                self.free.push(index);
                dropped.push(beside);
            }
        }
        dropped
    }

    /// Makes one more place, and returns its number.
    #[cold]
    fn add(&mut self) -> usize {
        let index = self.places.len();
        if index / GROUP == self.groups.len() {
            let woken = Arc::new(Woken { bits: AtomicU64::new(0), task: Arc::clone(&self.task) });
            self.groups.push(Group { woken, due: 0 });
        }
        let woken = Arc::clone(&self.groups[index / GROUP].woken);
        let waker = Waker::from(Arc::new(PlaceWaker { bit: 1 << (index % GROUP), woken }));
        self.places.push(Place { handler: Box::pin(None), beside: None, waker });
        // As many numbers as places may be free at once.
        self.free.reserve(self.places.len() - self.free.len());
        self.free.push(index);
        index
    }
}

impl<F: Future, T> Place<F, T> {
    /// Puts a handler here and polls it.
    #[expect(clippy::inline_always, reason = "a call costs as much as what it does, for each message")]
    #[inline(always)]
    pub(super) fn start(&mut self, handler: F) -> Poll<F::Output> {
        self.handler.set(Some(handler));
        self.poll()
    }

    /// Polls the handler, and drops it once it is done.
    #[expect(clippy::inline_always, reason = "a call costs as much as what it does, for each message")]
    #[inline(always)]
    fn poll(&mut self) -> Poll<F::Output> {
        let handler = self.handler.as_mut().as_pin_mut().expect("a place in use has a handler");
        let poll = handler.poll(&mut Context::from_waker(&self.waker));
        if poll.is_ready() {
            self.handler.set(None);
        }
        poll
    }
}
