//! Acknowledging by hand: a stream of deliveries, any operators in between, and a commit at the end.
//!
//! * [`Deliveries`] hands out each message with its [`Ack`];
//! * an [`Ack`] becomes a [`Done`] when whoever has it says so;
//! * [`CommitExt::commit`] takes a stream of `Done`s, and nothing else, and commits up to the first message without one.
//!
//! Both ends drive the same engine: the stream of deliveries when it is asked for a message, the commit whenever it is
//! polled, so that a revoke is answered although the operators in between are full. The commit learns of a pipeline when the
//! deliveries are first polled below it, or else from its first receipt.

mod ack;
mod commit;
mod deliveries;
mod delivery;
mod driver;
mod ends;
mod ledger;
mod polling;

pub use ack::{Ack, Done};
pub use commit::{Commit, CommitExt, Every, every};
pub use deliveries::Deliveries;
pub use delivery::Delivery;
