//! Test a Kafka pipeline, without a broker and with one.
//!
//! [`MockCluster`] is librdkafka's in-process cluster as a fixture: it starts at once, needs nothing installed, and ends
//! when it is dropped. What it cannot show is listed in its documentation, and proved on a [`KafkaCluster`].
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod kafka;
mod look;
mod mock;
mod seed;

pub use kafka::KafkaCluster;
pub use mock::MockCluster;
