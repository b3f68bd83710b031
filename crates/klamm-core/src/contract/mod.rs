//! What a source of messages promises, and what a pipeline over it may rely on.
//!
//! `klamm-stream` implements [`Source`] and [`Commit`] over librdkafka, `klamm-combinators` is written against them and
//! names no client. A pipeline takes a [`Feed`] from its source and from then on hears of three things through it:
//!
//! * **messages**, one at a time, each of an assignment [`Epoch`](crate::Epoch);
//! * **events**: partitions were [`Assigned`](Event::Assigned); partitions are about to be [`Revoked`], and the
//!   rebalance waits until the token is dropped; partitions were [`Lost`] and nothing can be done for them any more;
//! * **time**, since a pipeline has no clock of its own to wake it.
//!
//! A pipeline that produces is given a [`Produce`] beside it: `klamm-producer` implements that, with its [`Transactions`].

mod commit;
mod produce;
mod producer_error;
mod rebalance;
mod source;
mod transactions;

pub use commit::{Commit, CommitAnswer, CommitResult};
pub use produce::{Delivery, Outgoing, Produce};
pub use producer_error::{ErrorClass, ProducerError};
pub use rebalance::{Assigned, Lost, Revoked};
pub use source::{Event, Feed, InHand, IntoSource, Source};
pub use transactions::{NoTransactions, Transactions, Window};
