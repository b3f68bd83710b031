//! What happened to the members of a group, in the order in which it happened.
//!
//! A pipeline is watched at two places: its source is wrapped by [`Member::watch`], its handler by [`Member::handling`]. What
//! the cluster says is noted beside it. [`check`](crate::check) holds the invariants against the whole.
//!
//! ```
//! use klamm_core::{OwnedMessage, TopicPartition};
//! use klamm_testing::{check, history::{History, Outcome}};
//!
//! let history = History::new();
//! history.note_end(&TopicPartition::new("orders", 0), 2);
//! let member = history.member("a");
//! let message = |offset| OwnedMessage::builder("orders").offset(offset).build();
//! member.start(&message(0)).finish(Outcome::Done);
//! member.start(&message(1)).finish(Outcome::Failed);
//!
//! let violation = check::at_least_once(&history.entries()).unwrap_err();
//! assert_eq!(violation.to_string(), "I1: orders[0]@1..2: never handled with success");
//! ```
//!
//! A pipeline is watched so: `member.watch(consumer).records().process(async |message| member.handling(message, …).await)`.

mod entry;
mod log;
mod member;

mod handling;
mod polls;
mod watched;

pub use entry::{Entry, Happened, Outcome, Record};
pub use handling::Handling;
pub use log::History;
pub use member::Member;
pub use polls::Polls;
pub use watched::{Watched, WatchedAnswer, WatchedFeed};
