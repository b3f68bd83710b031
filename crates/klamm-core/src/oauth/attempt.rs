//! One attempt at a token: a future, polled when it is woken.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use super::{OauthToken, provider::Making};
use crate::native::Interrupt;

/// One attempt at a token. Dropping it drops the future.
pub(super) struct Attempt {
    /// Gone once it has ended.
    making: Option<Making>,
    bell: Arc<Bell>,
    waker: Waker,
    /// Only here counted: a waker that somebody keeps for long keeps no client.
    _interrupt: Arc<Interrupt>,
}

/// Notes that the future is to be polled, and ends the wait of the thread that does it.
struct Bell {
    is_rung: AtomicBool,
    interrupt: Weak<Interrupt>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.is_rung.swap(true, Ordering::AcqRel) {
            if let Some(interrupt) = self.interrupt.upgrade() {
                interrupt.interrupt();
            }
        }
    }
}

impl Attempt {
    /// Takes a future, to be polled for the first time. `interrupt` ends the wait of the thread that polls it.
    pub(super) fn new(making: Making, interrupt: Interrupt) -> Self {
        let interrupt = Arc::new(interrupt);
        let bell = Arc::new(Bell { is_rung: AtomicBool::new(true), interrupt: Arc::downgrade(&interrupt) });
        let waker = Waker::from(Arc::clone(&bell));
        Self { making: Some(making), bell, waker, _interrupt: interrupt }
    }

    /// Polls the future if it was woken. Returns how it ended, once.
    pub(super) fn poll(&mut self) -> Option<Result<OauthToken, String>> {
        let making = self.making.as_mut()?;
        // Cleared before the poll: what rings from then on is for the next.
        if !self.bell.is_rung.swap(false, Ordering::AcqRel) {
            return None;
        }
        let mut context = Context::from_waker(&self.waker);
        let polled = catch_unwind(AssertUnwindSafe(|| making.as_mut().poll(&mut context)));
        let ended = match polled {
            Ok(Poll::Pending) => return None,
            Ok(Poll::Ready(ended)) => ended,
            Err(_) => Err("the token provider panicked".to_owned()),
        };
        self.drop_making();
        Some(ended)
    }

    /// Drops the future, which is the application's and may panic.
    fn drop_making(&mut self) {
        let making = self.making.take();
        if catch_unwind(AssertUnwindSafe(|| drop(making))).is_err() {
            tracing::error!(target: "klamm", "a token provider's future panicked when it was dropped");
        }
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        self.drop_making();
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future,
        sync::{Mutex, atomic::AtomicUsize},
        task::Waker,
        thread,
        time::{Duration, Instant, SystemTime},
    };

    use super::*;
    use crate::{
        Config,
        native::{Client, EventQueue},
    };

    fn token() -> OauthToken {
        OauthToken::new("s3cr3t", SystemTime::now() + Duration::from_secs(60)).unwrap()
    }

    /// A future that ends when it is told to, counts its polls, and leaves its waker.
    #[derive(Default)]
    struct Script {
        polls: AtomicUsize,
        is_done: AtomicBool,
        waker: Mutex<Option<Waker>>,
    }

    impl Script {
        fn making(self: &Arc<Self>) -> Making {
            let script = Arc::clone(self);
            Box::pin(future::poll_fn(move |cx| {
                script.polls.fetch_add(1, Ordering::Relaxed);
                *script.waker.lock().unwrap() = Some(cx.waker().clone());
                if script.is_done.load(Ordering::Acquire) { Poll::Ready(Ok(token())) } else { Poll::Pending }
            }))
        }

        fn end(&self) {
            self.is_done.store(true, Ordering::Release);
            self.waker.lock().unwrap().as_ref().expect("it was polled").wake_by_ref();
        }
    }

    fn queue() -> EventQueue {
        EventQueue::main(&Client::producer(&Config::new()).unwrap())
    }

    #[test]
    fn a_future_is_polled_once_for_each_time_it_is_woken() {
        let (queue, script) = (queue(), Arc::<Script>::default());
        let mut attempt = Attempt::new(script.making(), queue.interrupt());
        for _ in 0..3 {
            assert_eq!(attempt.poll(), None);
        }
        assert_eq!(script.polls.load(Ordering::Relaxed), 1);
        let waker = script.waker.lock().unwrap().clone().unwrap();
        waker.wake_by_ref();
        waker.wake();
        assert_eq!((attempt.poll(), attempt.poll()), (None, None));
        assert_eq!(script.polls.load(Ordering::Relaxed), 2);
        script.end();
        assert!(matches!(attempt.poll(), Some(Ok(_))));
        assert_eq!(attempt.poll(), None, "an end is told once");
    }

    #[test]
    fn waking_ends_the_wait_on_the_queue() {
        let (mut queue, script) = (queue(), Arc::<Script>::default());
        let mut attempt = Attempt::new(script.making(), queue.interrupt());
        assert_eq!(attempt.poll(), None);
        let started = Instant::now();
        let ended = thread::scope(|scope| {
            scope.spawn(|| script.end());
            loop {
                if let Some(ended) = attempt.poll() {
                    break ended;
                }
                queue.poll(Some(Duration::from_secs(60)));
            }
        });
        assert!(ended.is_ok());
        assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
    }

    #[test]
    fn a_panic_is_an_error() {
        struct PanicsWhenDropped;
        impl Drop for PanicsWhenDropped {
            fn drop(&mut self) {
                panic!("on purpose");
            }
        }
        let queue = queue();
        let mut attempt = Attempt::new(Box::pin(async { panic!("on purpose") }), queue.interrupt());
        assert_eq!(attempt.poll(), Some(Err("the token provider panicked".to_owned())));
        let kept = PanicsWhenDropped;
        let pending = Box::pin(future::poll_fn(move |_| {
            let _ = &kept;
            Poll::Pending
        }));
        let mut attempt = Attempt::new(pending, queue.interrupt());
        assert_eq!(attempt.poll(), None);
        drop(attempt);
    }

    #[test]
    fn a_waker_that_is_kept_keeps_no_queue() {
        let (queue, script) = (queue(), Arc::<Script>::default());
        let mut attempt = Attempt::new(script.making(), queue.interrupt());
        assert_eq!(attempt.poll(), None);
        let bell = Arc::clone(&attempt.bell);
        drop(attempt);
        assert!(bell.interrupt.upgrade().is_none());
        script.end();
    }
}
