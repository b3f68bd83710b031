//! From a message to its commit: process, then commit what is done, through concurrency, rebalances and shutdown.
//!
//! ```
//! use std::time::Duration;
//! use klamm_combinators::RecordsExt;
//! use klamm_core::Message;
//! use klamm_stream::Consumer;
//! use klamm_testing::MockCluster;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let cluster = MockCluster::start(1)?;
//! cluster.create_topic("orders", 4)?;
//! cluster.seed("orders", 4, 100, 20)?;
//!
//! let consumer = Consumer::builder(cluster.consumer_config("billing")).subscribe(["orders"])?;
//! let pipeline = tokio::spawn(consumer.records().commit_every(1_000, Duration::from_secs(1)).unordered(64).process(
//!     async |message| {
//!         println!("{}[{}]@{}", message.topic(), message.partition(), message.offset());
//!         Ok::<_, std::io::Error>(())
//!     },
//! ));
//! # while cluster.committed("billing", "orders", 4)?.into_iter().flatten().sum::<i64>() < 100 {
//! #     tokio::task::yield_now().await;
//! # }
//! consumer.close(Duration::from_secs(20)).await;
//! assert_eq!(pipeline.await??.processed, 100);
//! # Ok(())
//! # }
//! ```
//!
//! The pipeline is a source, a schedule, policies and a terminal. It is written against the contracts of
//! [`klamm_core::contract`] and names no client. The rooms, in the order of a message's way:
//!
//! * `records`: the pipeline as the user builds it;
//! * `schedule`: which handlers run at once;
//! * `engine`: what every schedule stands on: events, holds, the order of things at the end;
//! * `tracker`: what is done, and how far without a gap;
//! * `committer`: when to send that, and what the answers mean.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod records;

mod policy;

mod terminal;

mod manual;

mod schedule;

mod engine;

mod credits;
mod revocations;

mod tracker;

mod committer;

mod any_error;
mod error;
mod outcome;
mod outputs;
mod record;
mod report;

pub use any_error::AnyError;
pub use error::{Invalid, PipelineError, ProcessError};
pub use manual::{Ack, Commit, CommitExt, Deliveries, Delivery, Done, Every, every};
pub use outcome::{IntoOutcome, Outcome};
pub use outputs::{IntoPayload, Outputs};
pub use policy::{Limits, OnDrop, OnPanic, OnRevoke, Stall, observe};
pub use record::Record;
pub use records::{Records, RecordsExt};
pub use report::Report;
pub use schedule::{ByKey, ByPartition, Concurrent, NullKeys, Serial, Unordered};

#[doc(hidden)]
pub mod internals;

/// The program of the workspace's README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
