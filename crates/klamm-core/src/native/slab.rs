//! A header and bytes in one allocation, counted.

use std::{
    alloc::{Layout, alloc, dealloc, handle_alloc_error},
    marker::PhantomData,
    ptr::{self, NonNull},
    slice,
    sync::atomic::{AtomicUsize, Ordering, fence},
};

/// A header and bytes in one allocation, with as many owners as there are clones. A slab is as large as a pointer.
///
/// Unlike `Arc<[u8]>` it brings the header along, is built without an atomic, and is freed without one by an owner that is
/// alone.
pub(crate) struct Slab<H> {
    inner: NonNull<Inner<H>>,
    owns: PhantomData<Inner<H>>,
}

/// What is allocated; the bytes follow it.
#[repr(C)]
struct Inner<H> {
    owners: AtomicUsize,
    len: usize,
    header: H,
}

// SAFETY: as for `Arc`: each owner can reach the header, and any of them may be the one that drops it.
unsafe impl<H: Send + Sync> Send for Slab<H> {}
// SAFETY: as above.
unsafe impl<H: Send + Sync> Sync for Slab<H> {}

impl<H> Slab<H> {
    /// Copies the parts, one after another, into a slab of their own: one allocation.
    #[inline]
    pub(crate) fn new<const N: usize>(header: H, parts: [&[u8]; N]) -> Self {
        let len = parts.iter().try_fold(0_usize, |len, part| len.checked_add(part.len()));
        let len = len.expect("what is in memory together can be counted");
        let layout = Self::layout(len);
        // SAFETY: the layout is that of an `Inner` at least, which is not of size zero.
        let memory = unsafe { alloc(layout) };
        let Some(inner) = NonNull::new(memory.cast::<Inner<H>>()) else { handle_alloc_error(layout) };
        // SAFETY: newly allocated for an `Inner`, and aligned as it wants.
        unsafe { inner.write(Inner { owners: AtomicUsize::new(1), len, header }) };
        // SAFETY: the allocation is as long as an `Inner` and `len` bytes.
        let mut target = unsafe { memory.add(size_of::<Inner<H>>()) };
        for part in parts {
            // SAFETY: what is left of the `len` bytes is at least as long as `part`, and newly allocated, so apart from it.
            unsafe { ptr::copy_nonoverlapping(part.as_ptr(), target, part.len()) };
            // SAFETY: within the `len` bytes, or at their end after the last part.
            target = unsafe { target.add(part.len()) };
        }
        Self { inner, owns: PhantomData }
    }

    #[inline]
    pub(crate) fn header(&self) -> &H {
        &self.get().header
    }

    /// Returns the parts as they were copied, in one.
    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: the allocation is as long as an `Inner` and `len` bytes (`new`).
        let bytes = unsafe { self.inner.as_ptr().cast::<u8>().add(size_of::<Inner<H>>()) };
        // SAFETY: so many bytes, all written by `new` and by nobody since, that live as long as there is an owner.
        unsafe { slice::from_raw_parts(bytes, self.get().len) }
    }

    #[inline]
    fn get(&self) -> &Inner<H> {
        // SAFETY: written by `new`, and live as long as there is an owner.
        unsafe { self.inner.as_ref() }
    }

    #[inline]
    fn layout(len: usize) -> Layout {
        let bytes = Layout::array::<u8>(len).and_then(|bytes| Layout::new::<Inner<H>>().extend(bytes));
        // Bytes need no alignment, so they begin where the `Inner` ends.
        bytes.expect("what is in memory has room for a copy of less than half of it").0
    }
}

impl<H> Clone for Slab<H> {
    #[inline]
    fn clone(&self) -> Self {
        // Nothing needs to be seen of other owners: this one was given the slab in a way that shows it.
        let owners = self.get().owners.fetch_add(1, Ordering::Relaxed);
        if owners > usize::MAX / 2 {
            // Only leaked clones come to so many, and one more round would free what is owned.
            std::process::abort();
        }
        Self { inner: self.inner, owns: PhantomData }
    }
}

impl<H> Drop for Slab<H> {
    #[inline]
    fn drop(&mut self) {
        let owners = &self.get().owners;
        // An owner that is alone stays alone: only owners make owners. What the others did was before they left (Release).
        if owners.load(Ordering::Acquire) != 1 {
            if owners.fetch_sub(1, Ordering::Release) != 1 {
                return;
            }
            fence(Ordering::Acquire);
        }
        let layout = Self::layout(self.get().len);
        // SAFETY: this was the last owner, so nobody reads it any more; it is dropped once.
        unsafe { ptr::drop_in_place(self.inner.as_ptr()) };
        // SAFETY: allocated by `new` with this layout, and freed once.
        unsafe { dealloc(self.inner.as_ptr().cast(), layout) };
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, thread};

    use super::*;

    #[test]
    fn header_and_parts_are_as_they_were_given() {
        for parts in [[&b""[..], b"", b""], [b"ab", b"", b"c"], [b"", b"cd", b""], [b"ab", b"cde", b"f"]] {
            let slab = Slab::new("header".to_owned(), parts);
            let clone = slab.clone();
            drop(slab);
            assert_eq!((clone.header().as_str(), clone.bytes()), ("header", &*parts.concat()));
        }
        assert_eq!(size_of::<Option<Slab<[u64; 9]>>>(), size_of::<usize>());
    }

    #[test]
    fn the_header_is_dropped_once_by_the_last_of_many_owners() {
        let alive = Arc::new(());
        for _ in 0..200 {
            let slab = Slab::new(Arc::clone(&alive), [b"bytes"]);
            thread::scope(|scope| {
                for _ in 0..4 {
                    let slab = slab.clone();
                    scope.spawn(move || {
                        let more = [slab.clone(), slab.clone()];
                        drop(slab);
                        assert!(more.iter().all(|slab| slab.bytes() == b"bytes"));
                    });
                }
                drop(slab);
            });
            assert_eq!(Arc::strong_count(&alive), 1);
        }
    }
}
