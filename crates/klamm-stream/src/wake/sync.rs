//! The primitives, std's or loom's.

use std::task::Waker;

#[cfg(not(klamm_loom))]
pub(super) use {
    atomic_waker::AtomicWaker,
    std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering, fence},
};

#[cfg(klamm_loom)]
pub(super) use loom::{
    future::AtomicWaker,
    sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering, fence},
};

#[cfg(not(klamm_loom))]
pub(super) fn register(cell: &AtomicWaker, waker: &Waker) {
    cell.register(waker);
}

#[cfg(klamm_loom)]
pub(super) fn register(cell: &AtomicWaker, waker: &Waker) {
    cell.register_by_ref(waker);
}

#[cfg(not(klamm_loom))]
pub(super) fn take(cell: &AtomicWaker) -> Option<Waker> {
    cell.take()
}

#[cfg(klamm_loom)]
pub(super) fn take(cell: &AtomicWaker) -> Option<Waker> {
    cell.take_waker()
}
