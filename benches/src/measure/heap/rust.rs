//! Rust's allocator, with a count.
//!
//! With glibc its calls are among C's, which are counted already: then this only tells which are Rust's, in the binaries that
//! take it as their allocator. Elsewhere it counts in all of them, and C's allocations go uncounted.
#![expect(unsafe_code, reason = "a global allocator is unsafe by its trait")]

use std::alloc::{GlobalAlloc, Layout, System};

use super::tally::change_rust;
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
use super::tally::{change, count};

/// The system's allocator, with a count.
#[derive(Debug)]
pub struct RustHeap;

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
#[global_allocator]
static ALLOCATOR: RustHeap = RustHeap;

/// Notes that an allocation has come, gone, or changed its length.
#[inline]
fn note(is_new: bool, came: usize, went: usize) {
    let change_of = || len(came) - len(went);
    #[cfg(not(all(target_os = "linux", target_env = "gnu")))]
    {
        if is_new {
            count();
        }
        change(change_of);
    }
    let _ = is_new;
    change_rust(change_of);
}

/// A layout's length.
fn len(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for RustHeap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(true, layout.size(), 0);
        // SAFETY: the caller's promises are the system's requirements.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(true, layout.size(), 0);
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        note(true, new_size, layout.size());
        // SAFETY: as above; `ptr` came from the system's allocator.
        unsafe { System.realloc(ptr, layout, new_size) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        note(false, 0, layout.size());
        // SAFETY: as above; `ptr` came from the system's allocator.
        unsafe { System.dealloc(ptr, layout) }
    }
}
