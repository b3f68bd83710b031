//! The asan suite: the published crates' tests under `AddressSanitizer`, after proof that it sees what it should.
//!
//! A handle of librdkafka that is never destroyed is no leak to it, since that handle's threads still point to it; what
//! nothing points to is.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::suite::Verdict;
use super::tally::{self, Tally};
use crate::sanitizer::Sanitizer;
use crate::workspace::{self, Metadata};

const FOLDER: &str = "asan";

const LEAK: &str = "ERROR: LeakSanitizer: detected memory leaks";
const USE_AFTER_FREE: &str = "ERROR: AddressSanitizer: heap-use-after-free";
/// What the probe is told to do wrong, and how that must be reported.
const MISTAKES: [(&str, &str); 4] =
    [("leak", LEAK), ("leak-messages", LEAK), ("read", USE_AFTER_FREE), ("read-in-c", USE_AFTER_FREE)];

/// Runs the tests beside the code, those of these files in `tests` folders, and the examples in the documentation.
pub(super) fn run(metadata: &Metadata, files: &BTreeSet<&str>) -> Result<Verdict> {
    let sanitizer = match Sanitizer::find() {
        Ok(sanitizer) => sanitizer,
        Err(missing) => return Ok(Verdict::Skipped(format!("{missing:#}"))),
    };
    // The same packages each time: with others, librdkafka would be compiled once more.
    let packages = metadata.crates().map(|package| package.name.as_str()).chain(["asan-probe"]);
    let packages = packages.flat_map(|package| ["--package", package]).collect::<Vec<_>>();
    let test = |args: &[&str]| {
        let mut cargo = sanitizer.cargo("test", FOLDER, "");
        cargo.arg("--no-fail-fast").args(&packages).args(args);
        cargo
    };
    if !workspace::succeeds(&mut test(&["--test", "probe", "--no-run"]))? {
        return Ok(Verdict::Ran(Tally::failed()));
    }
    probe(test(&["--test", "probe"]), None)?;
    for (mistake, report) in MISTAKES {
        probe(test(&["--test", "probe", "--", mistake]), Some(report))?;
    }
    let mut code = test(&["--lib"]);
    code.args(files.iter().flat_map(|file| ["--test", file]));
    Ok(Verdict::Ran(tally::run(code)?.and(&tally::run(test(&["--doc"]))?)))
}

/// Runs a process that must be reported so, or end well.
fn probe(mut command: Command, report: Option<&str>) -> Result<()> {
    workspace::announce(&command);
    let output =
        command.stdout(Stdio::null()).stderr(Stdio::piped()).output().context("cannot run the probe")?;
    let said = String::from_utf8_lossy(&output.stderr);
    if is_seen(output.status.success(), &said, report) {
        return Ok(());
    }
    eprint!("{said}");
    match report {
        Some(report) => {
            bail!("what the probe did is not reported as `{report}`: the suite would prove nothing")
        }
        None => bail!("the probe fails without a mistake"),
    }
}

/// Whether a process that should be reported so, or end well, was and did.
fn is_seen(ended_well: bool, said: &str, report: Option<&str>) -> bool {
    match report {
        Some(report) => !ended_well && said.contains(report),
        None => ended_well,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_counts_as_seen_only_by_its_own_report() {
        let report = Some("ERROR: LeakSanitizer");
        assert!(is_seen(false, "==1==ERROR: LeakSanitizer: 24 bytes", report));
        assert!(!is_seen(false, "error: could not compile", report));
        assert!(!is_seen(true, "", report));
        assert!(is_seen(true, "", None) && !is_seen(false, "", None));
    }
}
