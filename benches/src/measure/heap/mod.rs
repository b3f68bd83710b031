//! What is allocated, by Rust and, with glibc, by C alike.
//!
//! With glibc the binary defines `malloc` and its kin itself and passes every call on to glibc's own. The linker then gives
//! them to librdkafka, to Rust's allocator and to glibc's other functions, so that all are counted by the same number. That
//! also works under callgrind, which leaves the allocator alone (memcheck and its like would put theirs in its place).
//! Elsewhere only Rust's allocations are counted: `cargo xtask bench` prints which. A binary that takes [`RustHeap`] as its
//! allocator tells Rust's bytes from all others.

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod glibc;
mod rust;

mod tally;

pub use rust::RustHeap;
pub(crate) use tally::{COUNTS_C, allocations_of_this_thread, live_bytes, live_rust_bytes, watch_live_bytes};
