//! Test a Kafka pipeline, without a broker and with one.
//!
//! [`MockCluster`] is librdkafka's in-process cluster as a fixture: it starts at once, needs nothing installed, and ends
//! when it is dropped. What it cannot show is listed in its documentation, and proved on a [`KafkaCluster`].
//! What a pipeline did is noted in a [`history`], and held against the invariants of [`check`].
//! A [`ScriptedProducer`] takes what a pipeline produces, and acknowledges it as the test says,
//! within transactions or without.
//! With the feature `proptest` there are generators of messages, in `generate`.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod check;
#[cfg(feature = "proptest")]
#[cfg_attr(docsrs, doc(cfg(feature = "proptest")))]
pub mod generate;
pub mod history;
mod kafka;
mod look;
mod mock;
mod mock_faults;
mod mock_group;
mod scripted_producer;
pub mod seen_log;
mod write;

pub use kafka::{Fault, KafkaCluster};
pub use klamm_core::native::ApiKey;
pub use mock::MockCluster;
pub use scripted_producer::{
    Call, Called, FailedCall, ScriptedAnswer, ScriptedDelivery, ScriptedFailure, ScriptedProducer,
};
