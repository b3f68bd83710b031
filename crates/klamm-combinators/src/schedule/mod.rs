//! Which handlers run at once.

mod by_key;
mod by_partition;
mod concurrent;
mod discard;
mod in_turn;
mod lanes;
mod rules;
mod serial;
mod slots;
mod tail;
mod unordered;

pub use by_key::{ByKey, NullKeys};
pub use by_partition::ByPartition;
pub(crate) use concurrent::{Handled, run, run_with_tails, size};
pub(crate) use in_turn::{InTurn, Lender};
pub use rules::Concurrent;
pub(crate) use rules::Rules;
pub use serial::Serial;
pub(crate) use serial::{InHand, Line};
pub(crate) use tail::{CameTo, Said};
pub use unordered::Unordered;
