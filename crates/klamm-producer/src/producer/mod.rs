//! What the user holds.

mod builder;
mod close;
mod contract;
mod handle;
mod line;
mod requests;
mod returns;
mod shared;

pub use builder::Builder;
pub use handle::Producer;
pub use requests::Undelivered;
pub(crate) use requests::{Flush, Reply};
pub(crate) use returns::Returns;
pub(crate) use shared::Shared;
