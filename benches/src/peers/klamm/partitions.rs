//! A consumer that waits for messages.

use anyhow::Result;
use klamm_stream::Consumer;

use crate::{area::Meter, partitions::Scene, peers::wait, topic::Topic};

/// Starts consumers, each as the only member of a group.
///
/// # Errors
///
/// If one does not start, or does not get all partitions.
pub fn partitions(scene: &Scene, meter: &mut Meter<'_>) -> Result<()> {
    scene.grow(meter, |topic| {
        let consumer = Consumer::builder(topic.consumer_config()).subscribe([Topic::NAME])?;
        let wanted = topic.partitions().count();
        wait::until("not all partitions are assigned", || consumer.diagnostics().partitions.len() == wanted)?;
        Ok(consumer.into_stream())
    })
}
