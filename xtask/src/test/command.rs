//! The command line of `cargo xtask test`, and its verdict.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;

use super::suite::{Suite, Verdict};
use crate::steps::{Outcome, Steps};
use crate::workspace::Metadata;

/// Run the tests, all of them unless told otherwise, and end with a table of what ran.
///
/// Where Java or Maven is missing the Kafka suite is reported as SKIPPED, and so is the asan suite where the nightly
/// toolchain is. With CI=true in the environment a skipped or empty suite is a failure.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Args {
    /// Run only these suites; may be repeated
    #[arg(long, value_enum, value_delimiter = ',', value_name = "SUITE")]
    only: Vec<Suite>,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let metadata = Metadata::read()?;
    let all_required = std::env::var("CI").is_ok_and(|value| value == "true");
    let mut steps = Steps::default();
    for suite in Suite::ALL {
        if !args.only.is_empty() && !args.only.contains(&suite) {
            continue;
        }
        eprintln!("-- {}", suite.name());
        let began = Instant::now();
        let (outcome, note) = match suite.run(&metadata) {
            Ok(verdict) => judge(verdict, all_required),
            Err(error) => {
                // The other suites can still tell something.
                eprintln!("error: {error:#}");
                (Outcome::Failed, "could not run".into())
            }
        };
        steps.add(suite.name(), outcome, began, note);
    }
    print!("\n{steps}");
    Ok(if steps.any(Outcome::Failed) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// What a suite's verdict means for the whole, and what the table says about it.
fn judge(verdict: Verdict, all_required: bool) -> (Outcome, String) {
    let missing = if all_required { Outcome::Failed } else { Outcome::Skipped };
    match verdict {
        Verdict::Ran(tally) if !tally.passed && tally.failures == 0 => {
            (Outcome::Failed, "did not get through".into())
        }
        Verdict::Ran(tally) if !tally.passed => {
            (Outcome::Failed, format!("{} of {} failed", tally.failures, tally.tests))
        }
        Verdict::Ran(tally) if tally.tests > 0 => (Outcome::Passed, format!("{} passed", tally.tests)),
        Verdict::Ran(_) => (missing, "no tests".into()),
        Verdict::NoTargets => (missing, "no targets".into()),
        Verdict::Skipped(reason) => (missing, reason),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tally::Tally;
    use super::*;

    #[test]
    fn what_did_not_run_fails_only_where_all_is_required() {
        let check = |verdict: fn() -> Verdict, note: &str| {
            assert_eq!(judge(verdict(), false), (Outcome::Skipped, note.into()));
            assert_eq!(judge(verdict(), true), (Outcome::Failed, note.into()));
        };
        check(|| Verdict::NoTargets, "no targets");
        check(|| Verdict::Ran(Tally { passed: true, ..Tally::default() }), "no tests");
        check(|| Verdict::Skipped("no Java".into()), "no Java");
    }

    #[test]
    fn a_suite_fails_with_its_run() {
        let tally = Tally { passed: false, tests: 5, failures: 2 };
        assert_eq!(judge(Verdict::Ran(tally), false), (Outcome::Failed, "2 of 5 failed".into()));
        assert_eq!(
            judge(Verdict::Ran(Tally::failed()), false),
            (Outcome::Failed, "did not get through".into())
        );
        let tally = Tally { passed: true, tests: 5, failures: 0 };
        assert_eq!(judge(Verdict::Ran(tally), true), (Outcome::Passed, "5 passed".into()));
    }
}
