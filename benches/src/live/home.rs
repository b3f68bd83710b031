//! Where the log is.

use anyhow::{Context, Result};
use klamm_testing::KafkaCluster;

use crate::topic::{Content, Served, Topic, fill};

/// Where the log is: in another process, either way.
#[derive(Debug)]
pub(super) enum Home {
    Mock(Served),
    Kafka(String),
}

impl Home {
    /// Starts a mock cluster and writes the messages.
    pub(super) fn mock(content: Content, batch: usize) -> Result<Self> {
        Served::filled(content, batch).map(Self::Mock)
    }

    /// Writes the messages to the Kafka that the environment names.
    pub(super) fn kafka(content: Content, batch: usize) -> Result<Self> {
        let variable = KafkaCluster::VARIABLE;
        let cluster = KafkaCluster::from_env().with_context(|| {
            format!("{variable} names no broker; `cargo xtask bench live-kafka` starts one")
        })?;
        let servers = std::env::var(variable)?;
        cluster.create_topic(Topic::NAME, content.partitions, 1)?;
        fill(&servers, content, batch)?;
        Ok(Self::Kafka(servers))
    }

    pub(super) fn address(&self) -> &str {
        match self {
            Self::Mock(served) => served.address(),
            Self::Kafka(servers) => servers,
        }
    }
}
