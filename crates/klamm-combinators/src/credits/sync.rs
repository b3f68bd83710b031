//! What the pool is made of: the usual atomics, or loom's.

use std::task::Waker;

#[cfg(not(klamm_loom))]
pub(super) use {
    atomic_waker::AtomicWaker,
    std::sync::atomic::{AtomicUsize, Ordering, fence},
};

#[cfg(klamm_loom)]
pub(super) use loom::{
    future::AtomicWaker,
    sync::atomic::{AtomicUsize, Ordering, fence},
};

#[cfg(not(klamm_loom))]
pub(super) fn register(cell: &AtomicWaker, waker: &Waker) {
    cell.register(waker);
}

#[cfg(klamm_loom)]
pub(super) fn register(cell: &AtomicWaker, waker: &Waker) {
    cell.register_by_ref(waker);
}
