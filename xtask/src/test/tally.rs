//! Counts what a test run reports, while it is passed on.

use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::workspace;

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Whether the run ended well.
    pub(super) passed: bool,
    pub(super) tests: usize,
    pub(super) failures: usize,
}

impl Tally {
    /// A run that came to no test.
    pub(super) fn failed() -> Self {
        Self::default()
    }

    /// This run and another, as one.
    pub(super) fn and(&self, other: &Self) -> Self {
        Self {
            passed: self.passed && other.passed,
            tests: self.tests + other.tests,
            failures: self.failures + other.failures,
        }
    }

    /// Adds what a line reports: `test result: ok. 4 passed; 0 failed; 0 ignored; …`.
    fn read(&mut self, line: &str) {
        let Some((_, counts)) = line.strip_prefix("test result: ").and_then(|line| line.split_once(". "))
        else {
            return;
        };
        for count in counts.split("; ") {
            match count.split_once(' ') {
                Some((number, "passed")) => self.tests += number.parse::<usize>().unwrap_or(0),
                Some((number, "failed")) => {
                    let number = number.parse::<usize>().unwrap_or(0);
                    self.tests += number;
                    self.failures += number;
                }
                _ => {}
            }
        }
    }
}

/// Runs tests and counts them.
pub(super) fn run(mut command: Command) -> Result<Tally> {
    workspace::announce(&command);
    let program = command.get_program().to_owned();
    let cannot = || format!("cannot run {}", Path::new(&program).display());
    let mut child = command.stdout(Stdio::piped()).spawn().with_context(cannot)?;
    let mut tally = Tally::default();
    let mut output = BufReader::new(child.stdout.take().with_context(cannot)?);
    // Bytes, because a test may print anything.
    let mut line = Vec::new();
    while output.read_until(b'\n', &mut line)? > 0 {
        io::stdout().write_all(&line)?;
        tally.read(&String::from_utf8_lossy(&line));
        line.clear();
    }
    tally.passed = child.wait()?.success();
    Ok(tally)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_all_binaries_are_added() {
        let mut tally = Tally::default();
        tally.read("running 3 tests");
        tally.read(
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n",
        );
        tally.read("test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 4 filtered out\n");
        assert_eq!(tally, Tally { passed: false, tests: 6, failures: 2 });
    }

    #[test]
    fn two_runs_pass_only_together() {
        let [good, bad] = [true, false].map(|passed| Tally { passed, tests: 3, failures: 0 });
        assert_eq!(bad.and(&good), Tally { passed: false, tests: 6, failures: 0 });
        assert!(!Tally { passed: true, ..Tally::default() }.and(&bad).passed);
    }
}
