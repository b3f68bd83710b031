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
//! Every record that is sent comes to one end. It is delivered, and its [`Delivery`] says where; or it is not, and comes back:
//!
//! | what happens | where the record comes back |
//! |---|---|
//! | it cannot be sent, or the queue is full and [`try_send`](Producer::try_send) was asked | [`DeliveryError::NotTaken`] |
//! | it waits for room, and is taken back | [`Delivery::cancel`] |
//! | it was sent, and refused, timed out or given up | [`DeliveryError::Failed`] |
//! | the producer is closed, or was when its deadline came | [`DeliveryError::Closed`] |
//! | any of these, and its delivery was dropped | [`Builder::on_undelivered`]; during a [`close`](Producer::close), its result |
//!
//! The rooms, in the order of a record's way: `record`, `producer`, `delivery`, `unclaimed`, `sink`, and `control`, the thread
//! that reads the delivery reports. `transactional` stands beside them: a producer whose records count all together, or not at
//! all.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod record;

mod producer;

mod delivery;
mod unclaimed;

mod sink;

mod control;

mod transactional;

pub use delivery::{Delivered, Delivery, DeliveryError};
pub use producer::{Builder, Producer, Undelivered};
pub use record::{Record, RecordParts};
pub use sink::RecordSink;
pub use transactional::{TransactionAnswer, Transactional, TransactionalBuilder};
