//! One value from one side to the other, in a place that is used again.

use std::task::{Context, Poll, Waker};

use super::sync::{AtomicU8, Ordering, UnsafeCell, spin_loop};

/// Neither side has done anything.
const EMPTY: u8 = 0;
/// The receiver has left its waker.
const WAITING: u8 = 1;
/// The sender takes the waker.
const WAKING: u8 = 2;
/// The value is there.
const FULL: u8 = 3;
/// The receiver is gone.
const CLOSED: u8 = 4;

/// One value from one side, the sender, to the other, the receiver, in a place that is used again when both are done.
///
/// A value that is there before it is asked for costs the sender one atomic read-modify-write, and the receiver none. Nobody
/// locks; a receiver that asks in the moment in which it is being woken is asked to look again.
///
/// The state says who may touch what. The value is the sender's until `FULL`, the receiver's after that, and the sender's
/// again if it finds `CLOSED`. The waker is nobody's while the state is `WAITING`, the sender's from `WAKING` until it has moved the
/// state on, and else the receiver's. The side that is done last finds the other's mark, and nobody touches the place after it
/// was done: so it can be used again at once, by anybody who hears of that from the last one.
pub(super) struct Oneshot<T> {
    state: AtomicU8,
    waker: UnsafeCell<Option<Waker>>,
    value: UnsafeCell<Option<T>>,
}

// SAFETY: each cell is reached by one side at a time, as said above; a waker may go to any thread.
unsafe impl<T: Send> Sync for Oneshot<T> {}

impl<T> Oneshot<T> {
    pub(super) fn new() -> Self {
        Self { state: AtomicU8::new(EMPTY), waker: UnsafeCell::new(None), value: UnsafeCell::new(None) }
    }

    /// Sends the value, and returns whom to wake; the value if the receiver is gone, and then both are done.
    ///
    /// # Safety
    ///
    /// * It is called once in each use.
    #[inline]
    pub(super) unsafe fn fill(&self, value: T) -> Result<Option<Waker>, T> {
        // SAFETY: it is the sender's, which calls this once.
        self.value.with_mut(|place| unsafe { *place = Some(value) });
        loop {
            match self.state.compare_exchange(EMPTY, FULL, Ordering::Release, Ordering::Acquire) {
                Ok(_) => return Ok(None),
                Err(CLOSED) => return Err(self.end()),
                Err(_) => {}
            }
            // Else the receiver has just taken its waker back, to leave another one or to go.
            if self.state.compare_exchange(WAITING, WAKING, Ordering::Acquire, Ordering::Relaxed).is_ok() {
                // SAFETY: it is the sender's now.
                let waker = self.waker.with_mut(|place| unsafe { (*place).take() });
                return match self.state.swap(FULL, Ordering::AcqRel) {
                    CLOSED => Err(self.end()),
                    _ => Ok(waker),
                };
            }
        }
    }

    /// Receives the value, or leaves the task's waker. With the value both are done.
    ///
    /// # Safety
    ///
    /// * It is called by one at a time, and neither after it has returned the value nor after `close` in one use.
    #[inline]
    pub(super) unsafe fn poll(&self, cx: &Context<'_>) -> Poll<T> {
        if self.state.load(Ordering::Acquire) == FULL {
            Poll::Ready(self.end())
        } else {
            self.wait(cx.waker())
        }
    }

    /// Leaves the waker where the value is not there.
    fn wait(&self, waker: &Waker) -> Poll<T> {
        let before = match self.recall() {
            Recalled::Waker(before) => before,
            Recalled::TooLate => {
                // The sender is about to wake the one that was left, who may be another.
                spin_loop();
                waker.wake_by_ref();
                return Poll::Pending;
            }
        };
        let next = before.filter(|before| before.will_wake(waker)).unwrap_or_else(|| waker.clone());
        // SAFETY: it is the receiver's: what was left is taken back, and the state says `EMPTY` or `FULL`.
        self.waker.with_mut(|place| unsafe { *place = Some(next) });
        if self.state.compare_exchange(EMPTY, WAITING, Ordering::Release, Ordering::Acquire).is_ok() {
            return Poll::Pending;
        }
        // SAFETY: it is the receiver's still.
        drop(self.waker.with_mut(|place| unsafe { (*place).take() }));
        Poll::Ready(self.end())
    }

    /// Gives the value up, or returns it if it is there, and then both are done.
    ///
    /// # Safety
    ///
    /// * It is called once in each use, and not after `poll` has returned the value.
    #[inline]
    pub(super) unsafe fn close(&self) -> Option<T> {
        // A waker that is left would keep its task until the place is used again.
        let waker = self.recall();
        let is_there = self.state.swap(CLOSED, Ordering::AcqRel) == FULL;
        drop(waker);
        is_there.then(|| self.end())
    }

    /// Takes the waker back that was left.
    fn recall(&self) -> Recalled {
        let mut state = self.state.load(Ordering::Acquire);
        if state == WAITING {
            match self.state.compare_exchange(WAITING, EMPTY, Ordering::Acquire, Ordering::Acquire) {
                // SAFETY: it is the receiver's again.
                Ok(_) => return Recalled::Waker(self.waker.with_mut(|place| unsafe { (*place).take() })),
                Err(now) => state = now,
            }
        }
        if state == WAKING { Recalled::TooLate } else { Recalled::Waker(None) }
    }

    /// Takes the value, and makes the place ready for another one. The last one who is not done calls it.
    #[inline]
    fn end(&self) -> T {
        // SAFETY: nobody else touches the place any more.
        let value = self.value.with_mut(|place| unsafe { (*place).take() });
        self.state.store(EMPTY, Ordering::Relaxed);
        value.expect("what was filled has a value")
    }
}

/// The receiver's waker, taken back.
enum Recalled {
    /// What was left, if anything was.
    Waker(Option<Waker>),
    /// The sender takes it just now.
    TooLate,
}

#[cfg(all(test, not(klamm_loom)))]
mod tests {
    use std::{sync::Arc, task::Wake};

    use super::*;

    struct Task;

    impl Wake for Task {
        fn wake(self: Arc<Self>) {}
    }

    #[test]
    fn a_place_keeps_no_task_that_does_not_wait() {
        let (oneshot, tasks) = (Oneshot::new(), [(); 2].map(|()| Arc::new(Task)));
        for task in &tasks {
            let waker = Arc::clone(task).into();
            // SAFETY: there is no value yet.
            assert_eq!(unsafe { oneshot.poll(&Context::from_waker(&waker)) }, Poll::Pending);
        }
        assert_eq!(tasks.each_ref().map(Arc::strong_count), [1, 2]);
        // SAFETY: once, by the receiver that has not had the value.
        assert_eq!(unsafe { oneshot.close() }, None);
        assert_eq!(Arc::strong_count(&tasks[1]), 1);
        // SAFETY: once in this use.
        assert_eq!(unsafe { oneshot.fill(1) }.unwrap_err(), 1);
    }

    #[test]
    fn who_was_woken_is_kept_by_nobody() {
        let (oneshot, task) = (Oneshot::new(), Arc::new(Task));
        let waker = Arc::clone(&task).into();
        // SAFETY: there is no value yet.
        assert_eq!(unsafe { oneshot.poll(&Context::from_waker(&waker)) }, Poll::Pending);
        // SAFETY: once in this use.
        let filled = unsafe { oneshot.fill(1) };
        assert!(matches!(&filled, Ok(Some(woken)) if woken.will_wake(&waker)));
        drop((filled, waker));
        assert_eq!(Arc::strong_count(&task), 1);
        // SAFETY: once, by the receiver that has not had the value.
        assert_eq!(unsafe { oneshot.close() }, Some(1));
    }
}

#[cfg(all(test, klamm_loom))]
mod models {
    use std::{
        future::poll_fn,
        sync::Arc,
        task::{Wake, Waker},
    };

    use loom::{future::block_on, sync::Mutex, thread};

    use super::*;

    fn fill(oneshot: &Oneshot<u8>, value: u8) -> Option<u8> {
        // SAFETY: once in each use.
        match unsafe { oneshot.fill(value) } {
            Ok(waker) => {
                waker.into_iter().for_each(Waker::wake);
                None
            }
            Err(value) => Some(value),
        }
    }

    fn poll(oneshot: &Oneshot<u8>, cx: &Context<'_>) -> Poll<u8> {
        // SAFETY: by the receiver alone, and never again once it has the value.
        unsafe { oneshot.poll(cx) }
    }

    fn receive(oneshot: &Oneshot<u8>) -> u8 {
        block_on(poll_fn(|cx| poll(oneshot, cx)))
    }

    struct Unheard;

    impl Wake for Unheard {
        fn wake(self: Arc<Self>) {}
    }

    /// Polls once, with a waker that wakes nobody.
    fn look(oneshot: &Oneshot<u8>) -> Poll<u8> {
        poll(oneshot, &Context::from_waker(&Arc::new(Unheard).into()))
    }

    /// Polls once, and does not wait.
    fn look_and_leave(oneshot: &Oneshot<u8>) -> Option<u8> {
        match look(oneshot) {
            Poll::Ready(value) => Some(value),
            // SAFETY: once, and there was no value.
            Poll::Pending => unsafe { oneshot.close() },
        }
    }

    /// Checks what the receiver gets, and what the sender gets back, of a value that is sent on a thread of its own.
    fn check(
        receive: impl Fn(&Oneshot<u8>) -> Option<u8> + Send + Sync + 'static,
        expected: fn([Option<u8>; 2]),
    ) {
        loom::model(move || {
            let oneshot = Arc::new(Oneshot::new());
            let sender = thread::spawn({
                let oneshot = Arc::clone(&oneshot);
                move || fill(&oneshot, 1)
            });
            let received = receive(&oneshot);
            expected([received, sender.join().unwrap()]);
        });
    }

    #[test]
    fn loom_a_value_wakes_who_waits_for_it() {
        check(|oneshot| Some(receive(oneshot)), |got| assert_eq!(got, [Some(1), None]));
    }

    #[test]
    fn loom_the_last_waker_is_woken() {
        let receive = |oneshot: &_| match look(oneshot) {
            Poll::Ready(value) => Some(value),
            Poll::Pending => Some(receive(oneshot)),
        };
        check(receive, |got| assert_eq!(got, [Some(1), None]));
    }

    #[test]
    fn loom_a_value_comes_to_one_side() {
        check(look_and_leave, |got| assert!(matches!(got, [Some(1), None] | [None, Some(1)]), "{got:?}"));
    }

    /// Whoever is done last gives the place away, as `Parcels` does, and somebody else uses it at once.
    #[test]
    fn loom_a_place_is_used_again() {
        loom::model(|| {
            let oneshot = Arc::new(Oneshot::new());
            let is_free = Arc::new((Mutex::new(false), loom::sync::Condvar::new()));
            let free = |is_free: &(Mutex<bool>, loom::sync::Condvar)| {
                *is_free.0.lock().unwrap() = true;
                is_free.1.notify_one();
            };
            let sender = thread::spawn({
                let (oneshot, is_free) = (Arc::clone(&oneshot), Arc::clone(&is_free));
                move || {
                    if fill(&oneshot, 1).is_some() {
                        free(&is_free);
                    }
                }
            });
            let receiver = thread::spawn({
                let (oneshot, is_free) = (Arc::clone(&oneshot), Arc::clone(&is_free));
                move || {
                    if look_and_leave(&oneshot).is_some() {
                        free(&is_free);
                    }
                }
            });
            let mut free = is_free.0.lock().unwrap();
            while !*free {
                free = is_free.1.wait(free).unwrap();
            }
            assert!(look(&oneshot).is_pending());
            assert_eq!(fill(&oneshot, 2), None);
            assert_eq!(look(&oneshot), Poll::Ready(2));
            sender.join().unwrap();
            receiver.join().unwrap();
        });
    }
}
