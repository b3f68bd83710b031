//! A partition's life between assign and revoke, and what is taken from its queue.

mod assigned;
mod edge;
mod table;
mod taking;
mod version;

pub(crate) use assigned::{Partition, Phase};
pub(crate) use table::Table;
pub(crate) use version::Stamp;
