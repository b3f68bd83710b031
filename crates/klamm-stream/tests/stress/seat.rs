//! What a reader is told, and what can be seen of it from outside of its thread.

use std::{
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::Wake,
    thread::{self, Thread},
};

use crate::{log::Log, schedule::Kind};

/// Whether a reader is being polled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Rest {
    Busy,
    /// Everything has been polled, and waits to be woken.
    Parked,
    /// It is not to be polled, and was waiting.
    HeldParked,
    /// It is not to be polled, and could go on.
    HeldReady,
    Over,
}

/// What a reader is told, and what can be seen of it.
pub(crate) struct Seat {
    pub(crate) kind: Kind,
    /// How many messages it may take; `usize::MAX` is no limit.
    allowed: AtomicUsize,
    is_to_doze: AtomicBool,
    is_to_renew: AtomicBool,
    is_to_end: AtomicBool,
    rest: Mutex<Rest>,
    thread: OnceLock<Thread>,
    /// Something of it was woken since it last looked.
    is_woken: AtomicBool,
    pub(crate) wakes: AtomicUsize,
    pub(crate) polls: AtomicUsize,
}

impl Seat {
    pub(crate) fn new(kind: Kind) -> Arc<Self> {
        Arc::new(Self {
            kind,
            allowed: AtomicUsize::new(usize::MAX),
            is_to_doze: AtomicBool::new(false),
            is_to_renew: AtomicBool::new(false),
            is_to_end: AtomicBool::new(false),
            rest: Mutex::new(Rest::Busy),
            thread: OnceLock::new(),
            is_woken: AtomicBool::new(false),
            wakes: AtomicUsize::new(0),
            polls: AtomicUsize::new(0),
        })
    }

    /// Lets it take so many messages, and no more.
    pub(crate) fn allow(&self, count: usize) {
        let rest = self.rest.lock();
        self.is_to_doze.store(false, Ordering::SeqCst);
        self.allowed.store(count, Ordering::SeqCst);
        drop(rest);
        self.stir();
    }

    /// Has it not be polled any more once it has waited and was woken.
    pub(crate) fn doze(&self) {
        self.is_to_doze.store(true, Ordering::SeqCst);
    }

    /// Tells a reader that has waited and was woken whether it is not to be polled.
    pub(crate) fn dozes(&self) -> bool {
        let _rest = self.rest.lock();
        let dozes = self.is_to_doze.swap(false, Ordering::SeqCst);
        if dozes {
            self.allowed.store(0, Ordering::SeqCst);
        }
        dozes
    }

    pub(crate) fn renew(&self) {
        self.is_to_renew.store(true, Ordering::SeqCst);
        self.stir();
    }

    pub(crate) fn end(&self) {
        self.is_to_end.store(true, Ordering::SeqCst);
        self.stir();
    }

    /// Tells whether it rests, and how; something that was woken does not.
    pub(crate) fn rest(&self) -> Rest {
        match *self.rest.lock().unwrap_or_else(PoisonError::into_inner) {
            Rest::Parked if self.is_woken() => Rest::Busy,
            rest => rest,
        }
    }

    /// Makes the calling thread the reader's.
    pub(crate) fn sit(&self) {
        self.thread.set(thread::current()).expect("a seat is one thread's");
    }

    pub(crate) fn is_to_end(&self) -> bool {
        self.is_to_end.load(Ordering::SeqCst)
    }

    /// Takes notice of what is to be done beside reading.
    pub(crate) fn take_renewal(&self) -> bool {
        self.is_to_renew.swap(false, Ordering::SeqCst)
    }

    /// Tells whether there is something to do beside reading.
    pub(crate) fn is_told(&self) -> bool {
        self.is_to_end() || self.is_to_renew.load(Ordering::SeqCst)
    }

    /// Forgets that something was woken, before it is looked which.
    pub(crate) fn look(&self) {
        self.is_woken.store(false, Ordering::SeqCst);
    }

    pub(crate) fn is_woken(&self) -> bool {
        self.is_woken.load(Ordering::SeqCst)
    }

    pub(crate) fn set_rest(&self, rest: Rest, log: &Log) {
        *self.rest.lock().unwrap_or_else(PoisonError::into_inner) = rest;
        if rest != Rest::Busy {
            log.tell();
        }
    }

    fn stir(&self) {
        *self.rest.lock().unwrap_or_else(PoisonError::into_inner) = Rest::Busy;
        self.thread.get().into_iter().for_each(Thread::unpark);
    }

    pub(crate) fn take_allowance(&self) {
        let less = |count| if count == usize::MAX { None } else { Some(usize::saturating_sub(count, 1)) };
        self.allowed.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).ok();
    }

    pub(crate) fn may_take(&self) -> bool {
        self.allowed.load(Ordering::SeqCst) > 0
    }
}

/// Wakes one task of a reader, and counts that.
pub(crate) struct Alarm {
    seat: Arc<Seat>,
    is_woken: AtomicBool,
}

impl Alarm {
    /// Makes one that was woken: a task is polled to begin with.
    pub(crate) fn new(seat: &Arc<Seat>) -> Arc<Self> {
        Arc::new(Self { seat: Arc::clone(seat), is_woken: AtomicBool::new(true) })
    }

    /// Has the task be polled again.
    pub(crate) fn set(&self) {
        self.is_woken.store(true, Ordering::SeqCst);
    }

    pub(crate) fn take(&self) -> bool {
        self.is_woken.swap(false, Ordering::SeqCst)
    }

    pub(crate) fn is_set(&self) -> bool {
        self.is_woken.load(Ordering::SeqCst)
    }
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.seat.wakes.fetch_add(1, Ordering::Relaxed);
        self.set();
        self.seat.is_woken.store(true, Ordering::SeqCst);
        self.seat.thread.get().into_iter().for_each(Thread::unpark);
    }
}
