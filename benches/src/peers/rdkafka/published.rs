//! The plain consumer that light handlers are compared to.

use anyhow::{Result, ensure};

use super::pipelines;
use crate::{area::Meter, published::Scene};

/// Reads the messages and commits after every 1,000.
///
/// # Errors
///
/// As [`pipelines`]; if handlers are to sleep, which it has none of.
pub fn published(scene: &Scene, meter: &mut Meter<'_>) -> Result<()> {
    ensure!(!scene.sleeps, "there are no handlers that could sleep");
    pipelines(&scene.pipeline, meter)
}
