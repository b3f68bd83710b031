//! What one run of a piece of work costs: the thread that does it, and the process for good.

mod cpu_time;
mod heap;
mod instructions;
pub(crate) mod quiet;
mod received;
mod region;
mod sample;
mod threads;
mod work;

pub use heap::RustHeap;
pub(crate) use heap::{COUNTS_C, live_bytes, watch_live_bytes};
pub use instructions::InstructionCounter;
pub(crate) use received::RECORD_BYTES;
pub use region::REGION;
pub use sample::Sample;
pub use threads::Activity;
pub(crate) use threads::others;
pub(crate) use threads::watch_threads;
pub use work::Work;
