//! The numbers that the allocators keep.

use std::{
    cell::Cell,
    sync::atomic::{AtomicBool, AtomicI64, Ordering},
};

/// Whether C's allocations are counted too.
pub(crate) const COUNTS_C: bool = cfg!(all(target_os = "linux", target_env = "gnu"));

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

/// Whether [`LIVE`] is kept. It costs every allocation a shared write, which would be in every time that is measured.
static IS_WATCHED: AtomicBool = AtomicBool::new(false);
/// The bytes that are allocated beyond those that were when the watch began.
static LIVE: AtomicI64 = AtomicI64::new(0);
/// Those of them that came through Rust's allocator, in the lengths that it was asked for.
static LIVE_RUST: AtomicI64 = AtomicI64::new(0);
/// Whether the binary has an allocator that keeps [`LIVE_RUST`].
static TELLS_RUST: AtomicBool = AtomicBool::new(false);

/// Returns how often this thread has allocated or grown an allocation, so far.
pub(crate) fn allocations_of_this_thread() -> u64 {
    ALLOCATIONS.get()
}

/// Begins to keep [`live_bytes`].
pub(crate) fn watch_live_bytes() {
    IS_WATCHED.store(true, Ordering::Relaxed);
}

/// Returns how many bytes the process has allocated and not freed since the watch began, as the allocator rounds them.
///
/// Less than none if what was there before has been freed since. `None` if nobody watches.
pub(crate) fn live_bytes() -> Option<i64> {
    IS_WATCHED.load(Ordering::Relaxed).then(|| LIVE.load(Ordering::Relaxed))
}

/// Returns how many of the [`live_bytes`] are Rust's, without the allocator's rounding. `None` where that is not told.
pub(crate) fn live_rust_bytes() -> Option<i64> {
    let is_told = IS_WATCHED.load(Ordering::Relaxed) && TELLS_RUST.load(Ordering::Relaxed);
    is_told.then(|| LIVE_RUST.load(Ordering::Relaxed))
}

/// Notes an allocation of this thread, or that one was grown.
#[inline]
pub(super) fn count() {
    // Neither allocates nor panics: the cell is made at compile time and has no destructor.
    ALLOCATIONS.set(ALLOCATIONS.get() + 1);
}

/// Notes how many bytes came or, below zero, went; they are only looked up if somebody watches.
#[inline]
pub(super) fn change(bytes: impl FnOnce() -> i64) {
    if IS_WATCHED.load(Ordering::Relaxed) {
        LIVE.fetch_add(bytes(), Ordering::Relaxed);
    }
}

/// Notes how many bytes of Rust's came or, below zero, went.
#[inline]
pub(super) fn change_rust(bytes: impl FnOnce() -> i64) {
    if IS_WATCHED.load(Ordering::Relaxed) {
        TELLS_RUST.store(true, Ordering::Relaxed);
        LIVE_RUST.fetch_add(bytes(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::{hint::black_box, thread};

    use super::*;

    #[test]
    fn this_threads_allocations_are_counted_and_no_others() {
        let before = allocations_of_this_thread();
        let mut numbers = black_box(Vec::<u8>::with_capacity(1));
        numbers.reserve_exact(100);
        assert_eq!(allocations_of_this_thread() - before, 2);

        let count_in_thread = || {
            drop(black_box(Box::new(1)));
            allocations_of_this_thread()
        };
        let there = thread::spawn(count_in_thread).join().expect("it does not panic");
        assert!(there > 0);
        let before = allocations_of_this_thread();
        assert_eq!(allocations_of_this_thread(), before);
    }

    #[test]
    fn bytes_are_live_until_they_are_freed() {
        /// Far more than other tests allocate meanwhile.
        const MANY: usize = 100 << 20;
        let many = i64::try_from(MANY).expect("it is little");
        watch_live_bytes();
        let live = || live_bytes().expect("it is watched");
        let before = live();
        let memory = black_box(Vec::<u8>::with_capacity(MANY));
        assert!(live() - before > many / 2);
        let memory = thread::spawn(move || black_box(memory)).join().expect("it does not panic");
        let mut memory = black_box(memory);
        memory.reserve_exact(2 * MANY);
        assert!(live() - before > many * 3 / 2);
        drop(memory);
        assert!(live() - before < many / 2);
    }
}
