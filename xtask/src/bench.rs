//! `cargo xtask bench`.

use std::process::ExitCode;

use anyhow::bail;

/// Measure one area side by side with other clients.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_: &Args) -> anyhow::Result<ExitCode> {
    bail!("`bench` does not exist yet");
}
