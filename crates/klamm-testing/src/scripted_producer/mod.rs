//! A producer that does what the test says.

mod producer;

mod delivery;

mod call;
mod ledger;
mod transactions;

#[cfg(test)]
mod tests;

pub use call::{Call, Called};
pub use delivery::{ScriptedDelivery, ScriptedFailure};
pub use producer::ScriptedProducer;
pub use transactions::{FailedCall, ScriptedAnswer};
