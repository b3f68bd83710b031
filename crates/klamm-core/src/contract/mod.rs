//! What a source of messages promises, and what a pipeline over it may rely on.
//!
//! `klamm-stream` implements [`Source`] and [`Commit`] over librdkafka, `klamm-combinators` is written against them and
//! names no client. A pipeline takes a [`Feed`] from its source and from then on hears of three things through it:
//!
//! * **messages**, one at a time, each of an assignment [`Epoch`](crate::Epoch);
//! * **events**: partitions were [`Assigned`](Event::Assigned); partitions are about to be [`Revoked`], and the
//!   rebalance waits until the token is dropped; partitions were [`Lost`] and nothing can be done for them any more;
//! * **time**, since a pipeline has no clock of its own to wake it.

mod commit;
mod rebalance;
mod source;

pub use commit::{Commit, CommitAnswer, CommitResult};
pub use rebalance::{Assigned, Lost, Revoked};
pub use source::{Event, Feed, InHand, IntoSource, Source};
