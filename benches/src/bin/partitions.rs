//! The area `partitions`: the memory that a partition takes.

use std::process::ExitCode;

use benches::{partitions::AREA, topic::serve};

/// Tells Rust's allocations from C's. Where C's are not counted it is in its place already.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[global_allocator]
static ALLOCATOR: benches::measure::RustHeap = benches::measure::RustHeap;

fn main() -> ExitCode {
    serve().unwrap_or_else(|| AREA.main())
}
