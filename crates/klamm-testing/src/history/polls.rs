//! How long the polls of a future keep their thread.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use super::{Happened, Member};

impl Member {
    /// Measures each poll of a future, and its drop, and notes the longest.
    ///
    /// On Linux the time that a thread waits for a processor is not counted, so that a busy machine does not matter; time
    /// that it spends asleep or waiting for a lock is, since that is what must not happen.
    pub fn polls<F: Future>(&self, future: F) -> Polls<F> {
        Polls { future: Some(Box::pin(future)), longest: Duration::ZERO, member: self.clone() }
    }
}

/// A future whose polls are measured: what [`Member::polls`] returns.
#[must_use = "futures do nothing unless polled"]
pub struct Polls<F> {
    /// Taken when it is over, so that its drop is measured too.
    future: Option<Pin<Box<F>>>,
    longest: Duration,
    member: Member,
}

impl<F> Polls<F> {
    fn note(&mut self, kept: Duration) {
        if kept > self.longest {
            self.longest = kept;
            self.member.note(Happened::Polled { kept });
        }
    }
}

impl<F: Future> Future for Polls<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let future = self.future.as_mut().expect("a future is not polled once it is over");
        let watch = Watch::start();
        let poll = future.as_mut().poll(cx);
        if poll.is_ready() {
            self.future = None;
        }
        self.note(watch.elapsed());
        poll
    }
}

impl<F> Drop for Polls<F> {
    fn drop(&mut self) {
        if let Some(future) = self.future.take() {
            let watch = Watch::start();
            drop(future);
            self.note(watch.elapsed());
        }
    }
}

impl<F> fmt::Debug for Polls<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Polls").field("longest", &self.longest).finish_non_exhaustive()
    }
}

/// A stopwatch that stands still while its thread waits for a processor.
struct Watch {
    started: Instant,
    waited: Duration,
}

impl Watch {
    fn start() -> Self {
        let waited = waited();
        Self { started: Instant::now(), waited }
    }

    fn elapsed(self) -> Duration {
        let elapsed = self.started.elapsed();
        elapsed.saturating_sub(waited().saturating_sub(self.waited))
    }
}

/// How long this thread has waited for a processor: the second number of `/proc/thread-self/schedstat`, in nanoseconds.
#[cfg(target_os = "linux")]
fn waited() -> Duration {
    use std::{fs::File, os::unix::fs::FileExt};

    thread_local! {
        // Opened once: it stays this thread's.
        static SCHEDSTAT: Option<File> = File::open("/proc/thread-self/schedstat").ok();
    }
    let read = || {
        let mut text = [0; 96];
        let length = SCHEDSTAT.try_with(|file| file.as_ref()?.read_at(&mut text, 0).ok()).ok()??;
        let text = std::str::from_utf8(text.get(..length)?).ok()?;
        text.split_ascii_whitespace().nth(1)?.parse().ok()
    };
    read().map_or(Duration::ZERO, Duration::from_nanos)
}

#[cfg(not(target_os = "linux"))]
fn waited() -> Duration {
    Duration::ZERO
}

#[cfg(test)]
mod tests {
    use std::{pin::pin, task::Waker, thread};

    use super::*;
    use crate::history::History;

    const LONG: Duration = Duration::from_millis(30);

    fn longest(history: &History) -> Duration {
        let kept = |what| match what {
            Happened::Polled { kept } => Some(kept),
            _ => None,
        };
        history.entries().into_iter().filter_map(|entry| kept(entry.what)).max().unwrap_or_default()
    }

    #[test]
    fn a_poll_that_sleeps_and_a_drop_that_sleeps_are_seen() {
        struct Slow;
        impl Drop for Slow {
            fn drop(&mut self) {
                thread::sleep(LONG);
            }
        }
        let history = History::new();
        let mut context = Context::from_waker(Waker::noop());
        let sleeping = pin!(history.member("a").polls(async { thread::sleep(LONG) }));
        assert!(sleeping.poll(&mut context).is_ready());
        assert!(longest(&history) >= LONG / 2);

        let history = History::new();
        let slow = Slow;
        let mut waiting = Box::pin(history.member("a").polls(async move {
            let _slow = slow;
            std::future::pending::<()>().await;
        }));
        assert!(waiting.as_mut().poll(&mut context).is_pending());
        drop(waiting);
        assert!(longest(&history) >= LONG / 2);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_wait_for_a_processor_is_not_counted() {
        // More threads that are busy than there are processors: this one has to wait in between.
        let processors = thread::available_parallelism().map_or(2, std::num::NonZero::get);
        let is_over = std::sync::atomic::AtomicBool::new(false);
        let busy = || {
            while !is_over.load(std::sync::atomic::Ordering::Relaxed) {
                std::hint::spin_loop();
            }
        };
        thread::scope(|scope| {
            (0..processors * 4).for_each(|_| drop(scope.spawn(busy)));
            let deadline = Instant::now() + Duration::from_secs(30);
            let has_waited = loop {
                let (started, before, watch) = (Instant::now(), waited(), Watch::start());
                while started.elapsed() < LONG * 4 {}
                let (waited, kept) = (waited().saturating_sub(before), watch.elapsed());
                if waited > LONG {
                    break kept < started.elapsed().saturating_sub(LONG / 2);
                }
                if Instant::now() > deadline {
                    break false;
                }
            };
            is_over.store(true, std::sync::atomic::Ordering::Relaxed);
            assert!(has_waited);
        });
    }
}
