//! What the user holds.

mod builder;
mod close;
mod contract;
mod handle;
mod shared;

pub use builder::Builder;
pub use close::Undelivered;
pub use handle::Producer;
pub(crate) use shared::Shared;
