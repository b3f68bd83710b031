//! A function that callgrind knows by name.
#![expect(unsafe_code, reason = "the name must survive in the binary as it is written")]

use super::Work;

/// The symbol that all measured work runs in, for `callgrind --toggle-collect`.
///
/// Callgrind keeps its switch for each thread apart, so that the client's other threads are left out.
pub const REGION: &str = "klamm_bench_region";

/// Runs `work` under a name that callgrind knows.
// SAFETY: no other symbol of the binary has this name.
#[unsafe(no_mangle)]
#[inline(never)]
pub(super) extern "Rust" fn klamm_bench_region(work: &mut dyn FnMut() -> Work) -> Work {
    // Without this the call would be a jump, and callgrind would see the region left as soon as it is entered.
    std::hint::black_box(work())
}
