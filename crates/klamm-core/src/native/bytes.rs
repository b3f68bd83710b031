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

/// Copies slices into one allocation.
pub(crate) fn concat<const N: usize>(parts: [&[u8]; N]) -> Arc<[u8]> {
    let len = parts.iter().map(|part| part.len()).sum();
    let mut bytes = Arc::<[u8]>::new_uninit_slice(len);
    let mut rest = Arc::get_mut(&mut bytes).expect("nobody else has it yet");
    for part in parts {
        let (head, tail) = rest.split_at_mut(part.len());
        // SAFETY: `head` is as long as `part`, newly allocated and so apart from it.
        unsafe { ptr::copy_nonoverlapping(part.as_ptr(), head.as_mut_ptr().cast(), part.len()) };
        rest = tail;
    }
    // SAFETY: the parts, which make up the whole, were written above.
    unsafe { bytes.assume_init() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_become_one() {
        for parts in [[&b""[..], b"", b""], [b"ab", b"", b"c"], [b"", b"cd", b""], [b"ab", b"cde", b"f"]] {
            assert_eq!(concat(parts)[..], parts.concat());
        }
    }
}
