//! Test a Kafka pipeline without a broker.
//!
//! [`MockCluster`] is librdkafka's in-process cluster as a fixture: it starts at once, needs nothing installed, and ends
//! when it is dropped. What it cannot show is listed in its documentation.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod mock;
mod seed;

pub use mock::MockCluster;
