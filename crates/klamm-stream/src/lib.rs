//! A Kafka consumer as a waker-registered stream over librdkafka's queues.
//!
//! ```
//! use futures_util::StreamExt;
//! use klamm_core::Message;
//! use klamm_stream::Consumer;
//! use klamm_testing::MockCluster;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), klamm_core::Error> {
//! let cluster = MockCluster::start(1)?;
//! cluster.create_topic("orders", 4)?;
//! cluster.seed("orders", 4, 100, 20)?;
//!
//! let consumer = Consumer::builder(cluster.consumer_config("billing")).subscribe(["orders"])?;
//! let mut stream = consumer.stream().take(100);
//! while let Some(message) = stream.next().await {
//!     let message = message?;
//!     println!("{}[{}]@{}", message.topic(), message.partition(), message.offset());
//!     consumer.commit(&message).await?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The rooms, in the order of a message's way:
//!
//! * `wake`: a queue turns non-empty, and one waiting task is woken;
//! * `partition`: a partition's life between assign and revoke, and what is taken from its queue;
//! * `stream`: the messages of all partitions as one stream;
//! * `control`: the thread that answers the group, and does everything that waits;
//! * `consumer`: what the user holds.
//!
//! No async runtime is needed or started, and no public function blocks the thread that polls it.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod wake;

mod partition;

mod stream;

mod control;

mod consumer;

mod defaults;
mod events;
mod feed_box;
mod liveness;
mod shared;

pub use consumer::{
    Assignments, Builder, CloseReport, Consumer, Diagnostics, PartitionDiagnostics, PartitionLag,
};
pub use events::{ConsumerEvent, Events};
pub use liveness::Stalled;
pub use partition::PartitionEnd;
pub use stream::{
    Commits, ConsumerFeed, MessageBatch, MessageStream, NextBatch, PartitionSource, PartitionStream,
    Partitions, PipelineFeed, Recv, SharedConsumerFeed, SharedMessageStream,
};
