//! The C library's allocator, with a count.
#![expect(unsafe_code, reason = "the functions are C's, and so are their names")]

use std::{
    ffi::{c_int, c_void},
    ptr,
};

use super::tally::{change, count};

// Under these names glibc lends its own allocator to those who stand in for it.
unsafe extern "C" {
    fn __libc_malloc(size: usize) -> *mut c_void;
    fn __libc_calloc(count: usize, size: usize) -> *mut c_void;
    fn __libc_realloc(memory: *mut c_void, size: usize) -> *mut c_void;
    fn __libc_memalign(alignment: usize, size: usize) -> *mut c_void;
    fn __libc_free(memory: *mut c_void);
}

/// The length of a live allocation, or of none, as glibc has rounded it.
///
/// # Safety
///
/// * `memory` is null or a live allocation.
unsafe fn len(memory: *mut c_void) -> i64 {
    // SAFETY: the caller's promise is all that it asks for.
    let bytes = unsafe { libc::malloc_usable_size(memory) };
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// Notes a new allocation.
///
/// # Safety
///
/// * `memory` is null or a live allocation.
unsafe fn counted(memory: *mut c_void) -> *mut c_void {
    count();
    // SAFETY: the caller's promise.
    change(|| unsafe { len(memory) });
    memory
}

// SAFETY, of all names below: they are those of C, and each keeps the contract of the function that it stands in for by
// passing the call on. Whatever allocates and frees in this process gets the same allocator, whether it comes by here or not.

// SAFETY: see above.
#[unsafe(no_mangle)]
unsafe extern "C" fn malloc(size: usize) -> *mut c_void {
    // SAFETY: any size will do.
    let memory = unsafe { __libc_malloc(size) };
    // SAFETY: new or null.
    unsafe { counted(memory) }
}

// SAFETY: see above.
#[unsafe(no_mangle)]
unsafe extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    // SAFETY: any count and size will do.
    let memory = unsafe { __libc_calloc(count, size) };
    // SAFETY: new or null.
    unsafe { counted(memory) }
}

// SAFETY: see above.
#[unsafe(no_mangle)]
unsafe extern "C" fn realloc(memory: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: the caller's allocation is still live.
    change(|| unsafe { -len(memory) });
    // SAFETY: the caller's promises are glibc's requirements.
    let grown = unsafe { __libc_realloc(memory, size) };
    if grown.is_null() && size > 0 {
        // SAFETY: there was no memory, so the old allocation is as it was.
        change(|| unsafe { len(memory) });
        return grown;
    }
    // SAFETY: new, or null if it was freed.
    unsafe { counted(grown) }
}

// SAFETY: see above.
#[unsafe(no_mangle)]
unsafe extern "C" fn memalign(alignment: usize, size: usize) -> *mut c_void {
    // SAFETY: glibc refuses what is no alignment.
    let memory = unsafe { __libc_memalign(alignment, size) };
    // SAFETY: new or null.
    unsafe { counted(memory) }
}

// SAFETY: see above.
#[unsafe(no_mangle)]
unsafe extern "C" fn aligned_alloc(alignment: usize, size: usize) -> *mut c_void {
    // SAFETY: it is the same function under C's name.
    unsafe { memalign(alignment, size) }
}

// SAFETY: see above.
#[unsafe(no_mangle)]
unsafe extern "C" fn posix_memalign(place: *mut *mut c_void, alignment: usize, size: usize) -> c_int {
    if !alignment.is_power_of_two() || alignment % size_of::<*mut c_void>() != 0 {
        return libc::EINVAL;
    }
    // SAFETY: it is an alignment.
    let memory = unsafe { memalign(alignment, size) };
    if memory.is_null() {
        return libc::ENOMEM;
    }
    // SAFETY: the caller has a place for a pointer.
    unsafe { ptr::write(place, memory) };
    0
}

// SAFETY: see above.
#[unsafe(no_mangle)]
unsafe extern "C" fn free(memory: *mut c_void) {
    // SAFETY: the caller's allocation is still live.
    change(|| unsafe { -len(memory) });
    // SAFETY: the caller's promises are glibc's requirements.
    unsafe { __libc_free(memory) };
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use super::super::allocations_of_this_thread;

    #[test]
    fn what_c_allocates_is_counted() {
        let count = |text: &CStr| {
            let before = allocations_of_this_thread();
            // SAFETY: the text ends with NUL.
            let copy = std::hint::black_box(unsafe { libc::strdup(text.as_ptr()) });
            assert!(!copy.is_null());
            // SAFETY: ours, and not used again.
            unsafe { libc::free(copy.cast()) };
            allocations_of_this_thread() - before
        };
        assert_eq!(count(c"a text"), 1);
    }

    #[test]
    fn aligned_memory_is_aligned_and_what_is_no_alignment_is_refused() {
        let mut memory = std::ptr::null_mut();
        let before = allocations_of_this_thread();
        for (alignment, status) in
            [(4096, 0), (8, 0), (24, libc::EINVAL), (4, libc::EINVAL), (0, libc::EINVAL)]
        {
            // SAFETY: there is a place for the pointer.
            assert_eq!(unsafe { libc::posix_memalign(&raw mut memory, alignment, 10) }, status);
            if status == 0 {
                assert_eq!(memory.addr() % alignment, 0);
                // SAFETY: ours, and not used again.
                unsafe { libc::free(memory) };
            }
        }
        assert_eq!(allocations_of_this_thread() - before, 2);
    }
}
