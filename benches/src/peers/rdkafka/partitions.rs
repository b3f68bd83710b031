//! A consumer that waits for messages.

use anyhow::Result;
use tokio::runtime;

use super::client::assigned;
use crate::{area::Meter, partitions::Scene, topic::Topic};

/// Starts consumers, each assigned to all partitions.
///
/// # Errors
///
/// If one does not start.
pub fn partitions(scene: &Scene, meter: &mut Meter<'_>) -> Result<()> {
    scene.grow(meter, |topic| {
        // One for each, which ends the task that the consumer has spawned.
        let runtime = runtime::Builder::new_current_thread().enable_time().build()?;
        let inside = runtime.enter();
        let consumer = assigned(&topic.consumer_config(), Topic::NAME, topic.partitions())?;
        drop(inside);
        Ok((consumer, runtime))
    })
}
