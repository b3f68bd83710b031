//! What the marks are made of: the standard library's atomics, or loom's.

#[cfg(klamm_loom)]
pub(super) use loom::sync::atomic::{AtomicBool, AtomicU64, Ordering};
#[cfg(not(klamm_loom))]
pub(super) use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
