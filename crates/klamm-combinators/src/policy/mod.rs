//! What a pipeline does besides handling messages, as its user chose.

mod drain;
mod limits;
mod on_drop;
mod on_panic;
mod on_revoke;
mod policies;
mod stall;

pub mod observe;

pub(crate) use drain::Drain;
pub use limits::Limits;
pub use on_drop::OnDrop;
pub use on_panic::OnPanic;
pub use on_revoke::OnRevoke;
pub(crate) use policies::Policies;
pub use stall::Stall;
