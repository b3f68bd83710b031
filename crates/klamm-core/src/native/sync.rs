//! What a [`Oneshot`](super::oneshot::Oneshot) is made of: the usual primitives, or loom's.

#[cfg(not(klamm_loom))]
pub(super) use std::{
    hint::spin_loop,
    sync::atomic::{AtomicU8, Ordering},
};

#[cfg(klamm_loom)]
pub(super) use loom::{
    cell::UnsafeCell,
    hint::spin_loop,
    sync::atomic::{AtomicU8, Ordering},
};

/// The usual cell, with loom's way in.
#[cfg(not(klamm_loom))]
pub(super) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

#[cfg(not(klamm_loom))]
impl<T> UnsafeCell<T> {
    pub(super) fn new(value: T) -> Self {
        Self(std::cell::UnsafeCell::new(value))
    }

    #[inline]
    pub(super) fn with_mut<R>(&self, change: impl FnOnce(*mut T) -> R) -> R {
        change(self.0.get())
    }
}
