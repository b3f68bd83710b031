//! Which handlers run at once.

mod by_key;
mod by_partition;
mod concurrent;
mod lanes;
mod serial;
mod slots;
mod unordered;

pub use by_key::{ByKey, NullKeys};
pub use by_partition::ByPartition;
pub use concurrent::Concurrent;
pub(crate) use concurrent::{Handled, run, size};
pub use serial::Serial;
pub(crate) use serial::{InHand, Line};
pub use unordered::Unordered;
