//! Pointers and lengths to slices.

use std::ffi::c_void;

/// Views memory that C lends; null is absent, not empty.
///
/// # Safety
///
/// * `data` is null, or points to `len` bytes that are initialised and not written to while `'a` lasts.
pub(super) unsafe fn slice<'a>(data: *const c_void, len: usize) -> Option<&'a [u8]> {
    if data.is_null() {
        return None;
    }
    // SAFETY: not null, and the caller promises the rest; bytes need no alignment.
    Some(unsafe { std::slice::from_raw_parts(data.cast(), len) })
}
