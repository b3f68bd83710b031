//! What one run of a piece of work costs: the thread that does it, and the process for good.

mod cpu_time;
mod heap;
mod instructions;
mod region;
mod sample;
mod work;

pub(crate) use heap::{COUNTS_C, live_bytes, watch_live_bytes};
pub use instructions::InstructionCounter;
pub use region::REGION;
pub use sample::Sample;
pub use work::Work;
