//! How often a thread allocates.
#![expect(unsafe_code, reason = "a global allocator is unsafe by its trait")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

/// Returns how often this thread has allocated or grown an allocation, so far. What C allocates is not among it.
pub(super) fn of_this_thread() -> u64 {
    ALLOCATIONS.get()
}

/// The system's allocator, with a count.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn count() {
    // Neither allocates nor panics: the cell is made at compile time and has no destructor.
    ALLOCATIONS.set(ALLOCATIONS.get() + 1);
}

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promises are the system's requirements.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count();
        // SAFETY: as above; `ptr` came from the system's allocator.
        unsafe { System.realloc(ptr, layout, new_size) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        // SAFETY: as above; `ptr` came from the system's allocator.
        unsafe { System.dealloc(ptr, layout) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_threads_allocations_are_counted_and_no_others() {
        let before = of_this_thread();
        let mut numbers = std::hint::black_box(Vec::<u8>::with_capacity(1));
        numbers.reserve_exact(100);
        assert_eq!(of_this_thread() - before, 2);

        let count_in_thread = || {
            drop(std::hint::black_box(Box::new(1)));
            of_this_thread()
        };
        let there = std::thread::spawn(count_in_thread).join().expect("it does not panic");
        assert!(there > 0);
        let before = of_this_thread();
        assert_eq!(of_this_thread(), before);
    }
}
