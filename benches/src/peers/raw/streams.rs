//! The same loop as that of `dequeue`, over any number of partitions.

use anyhow::Result;

use super::dequeue;
use crate::{area::Meter, streams::Scene};

/// Reads the topic in batches of 256: C has one way.
///
/// # Errors
///
/// As [`dequeue`].
pub fn streams(scene: &Scene, meter: &mut Meter<'_>) -> Result<()> {
    dequeue(&scene.topic, meter)
}
