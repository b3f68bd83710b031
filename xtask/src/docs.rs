//! `cargo xtask docs`: the documentation of the published crates, with warnings denied.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::workspace::{self, Metadata};

/// Build the documentation of the published crates; a warning is an error.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Args {
    /// Open it in the browser
    #[arg(long)]
    open: bool,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let metadata = Metadata::read()?;
    let mut cargo = workspace::cargo(["doc", "--no-deps"]);
    for package in metadata.crates() {
        cargo.args(["--package", &package.name]);
    }
    if cargo.get_args().len() == 2 {
        bail!("there is no package in crates/");
    }
    if args.open {
        cargo.arg("--open");
    }
    let passed = workspace::succeeds(cargo.env("RUSTDOCFLAGS", "-D warnings"))?;
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
