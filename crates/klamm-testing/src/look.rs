//! Looking at a cluster from outside of the pipeline under test.

use std::time::Duration;

use klamm_core::{Config, Error, Position, TopicPartition, native::Client};

/// How long a cluster may take to answer.
pub(crate) const WITHIN: Duration = Duration::from_secs(10);

pub(crate) fn end_offsets(config: &Config, topic: &str, partitions: usize) -> Result<Vec<i64>, Error> {
    let client = Client::producer(config)?;
    all(topic, partitions).iter().map(|partition| Ok(client.watermarks(partition, WITHIN)?.high)).collect()
}

pub(crate) fn committed(
    config: &Config,
    group: &str,
    topic: &str,
    partitions: usize,
) -> Result<Vec<Option<i64>>, Error> {
    let client = Client::consumer(&config.clone().group_id(group))?;
    let answer = client.committed(&all(topic, partitions), WITHIN)?;
    Ok(answer.iter().map(|entry| entry.position().map(Position::offset)).collect())
}

fn all(topic: &str, partitions: usize) -> Vec<TopicPartition> {
    (0..partitions)
        .map(|partition| TopicPartition::new(topic, i32::try_from(partition).unwrap_or(i32::MAX)))
        .collect()
}
