//! Which handlers run at once.

mod serial;
mod slots;
mod unordered;

pub use serial::Serial;
pub use unordered::Unordered;
