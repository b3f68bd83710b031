//! `cargo xtask ci`: everything a change must pass, cheapest first.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;

use crate::steps::{Outcome, Steps};
use crate::workspace::{cargo, succeeds};
use crate::{docs, test, tidy};

/// Run everything a change must pass: fmt, clippy, tidy, test, docs.
///
/// Stops at the first failure and ends with a table of the steps. With CI=true in the environment a skipped or
/// empty test suite is a failure.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

type Step = (&'static str, fn() -> Result<bool>);

const STEPS: [Step; 5] = [
    ("fmt", || succeeds(&mut cargo(["fmt", "--all", "--check"]))),
    ("clippy", || succeeds(&mut cargo(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))),
    ("tidy", || Ok(tidy::run(&tidy::Args::default())? == ExitCode::SUCCESS)),
    ("test", || Ok(test::run(&test::Args::default())? == ExitCode::SUCCESS)),
    ("docs", || Ok(docs::run(&docs::Args::default())? == ExitCode::SUCCESS)),
];

pub(crate) fn run(_: &Args) -> Result<ExitCode> {
    let mut steps = Steps::default();
    for (name, step) in STEPS {
        eprintln!("== {name}");
        let began = Instant::now();
        let outcome = if step()? { Outcome::Passed } else { Outcome::Failed };
        steps.add(name, outcome, began, "");
        if outcome == Outcome::Failed {
            break;
        }
    }
    print!("\n{steps}");
    Ok(if steps.any(Outcome::Failed) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
