//! A partition's life between assign and revoke, and what is taken from its queue.

mod assigned;
mod damage;
mod edge;
mod hand;
mod handed;
mod reached;
mod reading;
mod seek;
mod table;
mod taking;

pub(crate) use assigned::{Partition, Pause, Phase};
pub(crate) use hand::Hand;
pub use reading::PartitionEnd;
pub(crate) use table::Table;
