//! libFuzzer's program, which holds all targets.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Result, bail};

use super::folder;
use super::target::{LEFT, PACKAGE, Target};
use crate::sanitizer::{OPTIONS, Sanitizer};
use crate::workspace;

/// What tells libFuzzer which code an input has reached, and what it was compared to there.
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1";
/// The variable by which the program knows its target.
const TARGET: &str = "FUZZ_TARGET";
/// The longest input: one that is kept must be short enough to be read by people.
const BYTES: &str = "-max_len=4096";
/// How many inputs a corpus has at most.
const INPUTS: usize = 200;
/// An input that takes longer fails.
const SECONDS: &str = "-timeout=10";

#[derive(Debug)]
pub(super) struct Program {
    path: PathBuf,
}

impl Program {
    /// Compiles all targets; none if they do not.
    pub(super) fn build(sanitizer: &Sanitizer) -> Result<Option<Self>> {
        let mut cargo = sanitizer.cargo("build", "fuzz", COVERAGE);
        let manifest = format!("{PACKAGE}/Cargo.toml");
        cargo.args(["--release", "--manifest-path", &manifest]);
        let path = workspace::root().join(LEFT).join(sanitizer.host()).join("release/fuzz");
        Ok(workspace::succeeds(&mut cargo)?.then_some(Self { path }))
    }

    /// Looks for inputs that the target fails on, and returns those that were found.
    pub(super) fn search(&self, target: &Target, seconds: u64) -> Result<Vec<PathBuf>> {
        let [found, artifacts, corpus] = [target.found(), target.artifacts(), target.corpus()];
        for folder in [&found, &artifacts, &corpus] {
            folder::make(folder)?;
        }
        let began = SystemTime::now();
        let mut search = self.command(target);
        search.arg(format!("-max_total_time={seconds}"));
        // What is new goes to the first folder.
        search.args([&found, &corpus]);
        if workspace::succeeds(&mut search)? {
            return Ok(Vec::new());
        }
        // One that was there before is written again.
        let failures = folder::written_since(&artifacts, began)?;
        if failures.is_empty() {
            bail!("{} could not run", target.name());
        }
        Ok(failures)
    }

    /// Adds to the corpus what reaches code that it does not, and returns how many inputs were added and how many it has.
    pub(super) fn keep(&self, target: &Target) -> Result<(usize, usize)> {
        let corpus = target.corpus();
        let before = folder::files(&corpus)?;
        // The fewest inputs that will do; how often something is reached does not count, or there would be no end to it.
        let mut merge = self.command(target);
        merge.args(["-set_cover_merge=1", "-use_counters=0"]).args([&corpus, &target.found()]);
        if !workspace::succeeds(&mut merge)? {
            bail!("cannot merge what was found into {}", corpus.display());
        }
        let added = folder::files(&corpus)?.difference(&before).cloned().collect::<Vec<_>>();
        let kept = folder::keep_shortest(added, INPUTS.saturating_sub(before.len()))?;
        Ok((kept, before.len() + kept))
    }

    /// The command that gives the target one input once more.
    pub(super) fn again(&self, target: &Target, input: &Path) -> String {
        format!("{TARGET}={} {} {}", target.name(), self.path.display(), input.display())
    }

    fn command(&self, target: &Target) -> Command {
        let mut command = Command::new(&self.path);
        command.arg(format!("-artifact_prefix={}/", target.artifacts().display()));
        command.args([BYTES, SECONDS]).env(TARGET, target.name()).env("ASAN_OPTIONS", OPTIONS);
        command.current_dir(workspace::root());
        command
    }
}
