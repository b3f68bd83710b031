//! When pipelines want to be woken: they have no clock of their own.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Waker},
    time::Instant,
};

/// When the pipelines of a consumer want to be woken: one instant each, the earliest first.
#[derive(Default)]
pub(crate) struct Alarms {
    waiting: Mutex<BTreeMap<(Instant, u64), Waker>>,
    made: AtomicU64,
}

/// One pipeline's place among them.
pub(crate) struct Alarm {
    number: u64,
    /// What was set last; it may have rung.
    at: Option<Instant>,
}

impl Alarms {
    /// Makes a place for a pipeline, which is to be [cleared](Self::clear) in the end.
    pub(crate) fn place(&self) -> Alarm {
        Alarm { number: self.made.fetch_add(1, Ordering::Relaxed), at: None }
    }

    /// Asks to be woken at `at`, and no longer at what was set before. Returns whether the control thread must be told.
    pub(crate) fn set(&self, alarm: &mut Alarm, at: Instant, cx: &Context<'_>) -> bool {
        let key = (at, alarm.number);
        let mut waiting = self.lock();
        let before = waiting.first_key_value().map(|((first, _), _)| *first);
        if let Some(other) = alarm.at.replace(at).filter(|other| *other != at) {
            waiting.remove(&(other, alarm.number));
        }
        match waiting.get_mut(&key) {
            Some(waker) if waker.will_wake(cx.waker()) => {}
            Some(waker) => waker.clone_from(cx.waker()),
            None => drop(waiting.insert(key, cx.waker().clone())),
        }
        before.is_none_or(|before| at < before)
    }

    /// Asks for nothing any more.
    pub(crate) fn clear(&self, alarm: &mut Alarm) {
        if let Some(at) = alarm.at.take() {
            let left = self.lock().remove(&(at, alarm.number));
            drop(left);
        }
    }

    /// Returns when the next one is to be woken.
    pub(super) fn next(&self) -> Option<Instant> {
        self.lock().first_key_value().map(|((at, _), _)| *at)
    }

    /// Wakes those whose time has come.
    pub(super) fn ring(&self, now: Instant) {
        while let Some(waker) = self.take_due(now) {
            waker.wake();
        }
    }

    fn take_due(&self, now: Instant) -> Option<Waker> {
        let mut waiting = self.lock();
        let first = waiting.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<(Instant, u64), Waker>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{Arc, atomic::AtomicUsize},
        task::Wake,
        time::Duration,
    };

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// A task that counts how often it was woken.
    fn task() -> (Arc<Count>, Waker) {
        let count = Arc::new(Count::default());
        (Arc::clone(&count), Waker::from(count))
    }

    #[test]
    fn each_is_woken_once_and_at_its_own_time() {
        let (alarms, now) = (Alarms::default(), Instant::now());
        let at = |seconds| now + Duration::from_secs(seconds);
        let tasks: Vec<_> = (0..3).map(|_| task()).collect();
        let woken = || tasks.iter().map(|(count, _)| count.0.load(Ordering::Relaxed)).collect::<Vec<_>>();
        let mut places: Vec<_> = (0..3).map(|_| alarms.place()).collect();
        let set = |place: &mut Alarm, task: usize, seconds| {
            alarms.set(place, at(seconds), &Context::from_waker(&tasks[task].1))
        };
        assert!(set(&mut places[0], 0, 5), "the first");
        assert!(!set(&mut places[1], 1, 7), "a later one changes nothing");
        assert!(set(&mut places[2], 2, 3), "a sooner one does");
        assert!(!set(&mut places[2], 2, 5), "at the same time as another");
        assert_eq!(alarms.next(), Some(at(5)), "the last asked for counts");
        alarms.ring(at(4));
        assert_eq!(woken(), [0, 0, 0]);
        alarms.ring(at(5));
        assert_eq!(woken(), [1, 0, 1]);
        alarms.clear(&mut places[1]);
        alarms.clear(&mut places[0]);
        alarms.ring(at(10));
        assert_eq!((woken(), alarms.next()), (vec![1, 0, 1], None));
    }

    #[test]
    fn the_task_that_asked_last_is_woken() {
        let (alarms, now) = (Alarms::default(), Instant::now());
        let ((earlier, first), (later, second)) = (task(), task());
        let mut place = alarms.place();
        alarms.set(&mut place, now, &Context::from_waker(&first));
        alarms.set(&mut place, now, &Context::from_waker(&second));
        alarms.ring(now);
        assert_eq!((earlier.0.load(Ordering::Relaxed), later.0.load(Ordering::Relaxed)), (0, 1));
    }
}
