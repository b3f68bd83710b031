//! Pointers and lengths to slices, and slices to one allocation.

use std::{ffi::c_void, ptr, sync::Arc};

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

/// Copies two slices into one allocation.
pub(crate) fn concat(first: &[u8], second: &[u8]) -> Arc<[u8]> {
    let mut bytes = Arc::<[u8]>::new_uninit_slice(first.len() + second.len());
    let target = Arc::get_mut(&mut bytes).expect("nobody else has it yet");
    let (head, tail) = target.split_at_mut(first.len());
    // SAFETY: `head` is as long as `first`, newly allocated and so apart from it.
    unsafe { ptr::copy_nonoverlapping(first.as_ptr(), head.as_mut_ptr().cast(), first.len()) };
    // SAFETY: as above, for `tail` and `second`.
    unsafe { ptr::copy_nonoverlapping(second.as_ptr(), tail.as_mut_ptr().cast(), second.len()) };
    // SAFETY: both parts, which make up the whole, were written above.
    unsafe { bytes.assume_init() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_slices_become_one() {
        for (first, second) in [(&b""[..], &b""[..]), (b"ab", b""), (b"", b"cd"), (b"ab", b"cde")] {
            assert_eq!(concat(first, second)[..], [first, second].concat());
        }
    }
}
