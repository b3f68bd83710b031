//! A client that is assigned to partitions.

use anyhow::Result;

use super::client::Client;
use crate::{area::Meter, partitions::Scene, topic::Topic};

/// Starts clients, each assigned to all partitions, whose queues stay forwarded to the consumer's.
///
/// # Errors
///
/// If one does not start.
pub fn partitions(scene: &Scene, meter: &mut Meter<'_>) -> Result<()> {
    scene.grow(meter, |topic| {
        let client = Client::consumer(&topic.consumer_config())?;
        client.assign(Topic::NAME, topic.partitions())?;
        Ok(client)
    })
}
