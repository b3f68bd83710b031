//! One thread starts messages, and another settles them.

use std::{
    hint::spin_loop,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use super::{
    Scene,
    case::{WINDOW, WINDOWS},
    track::Track,
};
use crate::{area::Meter, measure::Work};

/// How long a part may take.
const DEADLINE: Duration = Duration::from_secs(60);
/// Messages that are handed over at a time: as many are with each of the threads.
const PART: usize = WINDOW / 2;
/// Parts that get the tracker its size before anything is measured.
const FIRST: usize = 2;
const PARTS: usize = WINDOWS * WINDOW / PART;

/// Parts of a window on their way from one thread to the other.
struct Parts<O> {
    places: [Mutex<Vec<O>>; 2],
    handed: AtomicUsize,
    settled: AtomicUsize,
}

/// Starts a million messages after two parts on this thread, and has `settle` settle them on another.
pub(crate) fn two_threads<T: Track>(
    scene: &Scene,
    meter: &mut Meter<'_>,
    mut tracker: T,
    mut settle: impl FnMut(T::Open) + Send,
) {
    let places = [(); 2].map(|()| Mutex::new(Vec::with_capacity(PART)));
    let parts = Parts { places, handed: AtomicUsize::new(0), settled: AtomicUsize::new(0) };
    thread::scope(|scope| {
        scope.spawn(|| {
            for (part, order) in (0..FIRST + PARTS).zip(scene.orders.iter().cycle()) {
                wait(|| parts.handed.load(Ordering::Acquire) > part);
                let open = parts.places[part % 2].lock().unwrap_or_else(PoisonError::into_inner);
                for place in order {
                    settle(open[usize::from(*place)]);
                }
                parts.settled.store(part + 1, Ordering::Release);
            }
        });
        let mut offsets = 0..;
        let mut start = |from: usize, to: usize| {
            for part in from..to {
                wait(|| parts.settled.load(Ordering::Acquire) + 2 > part);
                tracker.done();
                let mut open = parts.places[part % 2].lock().unwrap_or_else(PoisonError::into_inner);
                open.clear();
                open.extend(offsets.by_ref().take(PART).map(|offset| tracker.start(offset)));
                parts.handed.store(part + 1, Ordering::Release);
            }
            wait(|| parts.settled.load(Ordering::Acquire) == to);
            tracker.done()
        };
        let before = start(0, FIRST);
        meter(&mut || {
            let done = start(FIRST, FIRST + PARTS);
            Work { messages: PARTS * PART, bytes: usize::try_from(done - before).unwrap_or(0) }
        });
    });
}

/// Waits for the other thread, and lets it have the processor if it has none.
fn wait(mut is_so: impl FnMut() -> bool) {
    /// Looks before the processor is given up: far more than a part takes.
    const LOOKS: u32 = 10_000;
    let began = Instant::now();
    loop {
        for _ in 0..LOOKS {
            if is_so() {
                return;
            }
            spin_loop();
        }
        assert!(began.elapsed() < DEADLINE, "the other thread has stopped");
        thread::yield_now();
    }
}
