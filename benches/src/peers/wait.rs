//! Waiting for what nothing tells.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};

/// How long anything may take.
const DEADLINE: Duration = Duration::from_secs(60);

/// Looks every millisecond whether something is so.
///
/// # Errors
///
/// If that takes more than a minute.
pub(super) fn until(otherwise: &str, mut is_so: impl FnMut() -> bool) -> Result<()> {
    let deadline = Instant::now() + DEADLINE;
    while !is_so() {
        ensure!(Instant::now() < deadline, "{otherwise}");
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}
