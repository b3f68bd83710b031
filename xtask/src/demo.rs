//! `cargo xtask demo`.

use std::process::ExitCode;

use anyhow::bail;

/// Run the main job end to end and count what was lost or repeated.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_: &Args) -> anyhow::Result<ExitCode> {
    bail!("`demo` does not exist yet");
}
