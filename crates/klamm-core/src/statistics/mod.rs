//! librdkafka's statistics, typed.
//!
//! A client that has `statistics.interval.ms` set reports on itself as JSON ([`Event::Statistics`]).
//! [`Statistics::parse`] reads a report; with the feature `serde` alone the types are there for a reader of your own.
//!
//! Fields have librdkafka's names and hold librdkafka's numbers
//! ([STATISTICS.md](https://github.com/confluentinc/librdkafka/blob/v2.12.1/STATISTICS.md)). What counts or measures is
//! unsigned; what may be a sentinel, such as an offset that is not known, is signed, and each field names its own. A
//! field that a report leaves out has the value of `Default`, which is the sentinel where there is one.
//!
//! ```
//! # #[cfg(feature = "statistics")] {
//! use klamm_core::{native::Event, statistics::Statistics};
//!
//! # let json = r#"{ "name": "rdkafka#consumer-1", "rxmsgs": 1200, "brokers": {
//! #     "b:9092/1": { "nodeid": 1, "state": "UP", "rtt": { "p99": 4100 } } } }"#;
//! # let event = Event::Statistics(json.to_owned());
//! if let Event::Statistics(json) = event {
//!     let statistics = Statistics::parse(&json)?;
//!     assert_eq!(statistics.rxmsgs, 1_200);
//!     for broker in statistics.brokers.values().filter(|broker| broker.state == "UP") {
//!         println!("{}: {} µs", broker.name, broker.rtt.p99);
//!     }
//! }
//! # }
//! # #[cfg(feature = "statistics")]
//! # Ok::<(), klamm_core::statistics::StatisticsError>(())
//! ```
//!
//! [`Event::Statistics`]: crate::native::Event::Statistics

mod report;

mod broker;
mod window;

mod partition;
mod topic;

mod eos;
mod fatal;
mod group;

#[cfg(feature = "statistics")]
mod lenient;
#[cfg(feature = "statistics")]
mod parse;
#[cfg(feature = "statistics")]
mod repair;

pub use broker::{Broker, BrokerPartition};
pub use eos::Eos;
pub use fatal::Fatal;
pub use group::ConsumerGroup;
#[cfg(feature = "statistics")]
pub use parse::StatisticsError;
pub use partition::Partition;
pub use report::Statistics;
pub use topic::Topic;
pub use window::Window;
