//! A Kafka producer whose sends are futures of their delivery.
//!
//! ```
//! use klamm_producer::{Producer, Record};
//! use klamm_testing::MockCluster;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let cluster = MockCluster::start(1)?;
//! cluster.create_topic("orders", 4)?;
//! let producer = Producer::builder(cluster.config()).start()?;
//! let delivered = producer.send(Record::to("orders").key("42").payload("{}")).await?;
//! println!("{}@{}", delivered.partition, delivered.offset);
//! # Ok(())
//! # }
//! ```
//!
//! The rooms, in the order of a record's way: `record`, `producer`, `delivery`, and `control`, the thread that reads the
//! delivery reports. `transactional` stands beside them: a producer whose records count all together, or not at all.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod record;

mod producer;

mod delivery;

mod control;

mod transactional;

pub use delivery::{Delivered, Delivery, DeliveryError};
pub use producer::{Builder, Producer, Undelivered};
pub use record::Record;
pub use transactional::{TransactionAnswer, Transactional, TransactionalBuilder};
