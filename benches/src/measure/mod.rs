//! What one run of a piece of work costs the thread that does it.

mod allocations;
mod cpu_time;
mod instructions;
mod region;
mod sample;
mod work;

pub use instructions::InstructionCounter;
pub use region::REGION;
pub use sample::Sample;
pub use work::Work;
