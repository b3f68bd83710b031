//! The suites, and how each is run.

use std::collections::BTreeSet;
use std::process::Command;

use anyhow::Result;

use super::asan;
use super::tally::{self, Tally};
use crate::kafka::{self, Cluster, Size};
use crate::workspace::{self, Metadata};

/// A group of tests that need the same surroundings.
///
/// A file in a crate's `tests` folder belongs to the Kafka suite if its name begins with `kafka`, to the compile
/// suite if it begins with `compile`, and to the mock suite otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Suite {
    /// Tests beside the code
    Unit,
    /// Tests in `tests` folders, which may use librdkafka's mock cluster
    Mock,
    /// Programs that must not compile
    Compile,
    /// Examples in the documentation
    Doc,
    /// Every interleaving of the wake protocol
    Loom,
    /// The unit, mock and doc suites under nightly's address sanitizer: leaks included, and librdkafka
    Asan,
    /// Tests against three brokers of Apache Kafka
    Kafka,
}

#[derive(Debug)]
pub(super) enum Verdict {
    Ran(Tally),
    NoTargets,
    /// The reason.
    Skipped(String),
}

impl Suite {
    /// In the order in which they run: what breaks soonest first.
    pub(super) const ALL: [Self; 7] =
        [Self::Unit, Self::Mock, Self::Compile, Self::Doc, Self::Loom, Self::Asan, Self::Kafka];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Mock => "mock",
            Self::Compile => "compile",
            Self::Doc => "doc",
            Self::Loom => "loom",
            Self::Asan => "asan",
            Self::Kafka => "kafka",
        }
    }

    pub(super) fn run(self, metadata: &Metadata) -> Result<Verdict> {
        match self {
            Self::Unit => tally::run(cargo_test(["--workspace", "--lib", "--bins"])).map(Verdict::Ran),
            Self::Doc => tally::run(cargo_test(["--workspace", "--doc"])).map(Verdict::Ran),
            Self::Loom => tally::run(loom()).map(Verdict::Ran),
            Self::Mock | Self::Compile => match self.targets(metadata) {
                targets if targets.is_empty() => Ok(Verdict::NoTargets),
                targets => tally::run(cargo_test(targets)).map(Verdict::Ran),
            },
            Self::Asan => asan::run(metadata, &Self::Mock.files(metadata)),
            Self::Kafka => self.run_on_kafka(metadata),
        }
    }

    fn run_on_kafka(self, metadata: &Metadata) -> Result<Verdict> {
        let targets = self.targets(metadata);
        if targets.is_empty() {
            return Ok(Verdict::NoTargets);
        }
        if let Err(missing) = kafka::prerequisites() {
            return Ok(Verdict::Skipped(format!("{missing:#}")));
        }
        // Compiling beside three brokers would starve them.
        if !workspace::succeeds(cargo_test(&targets).arg("--no-run"))? {
            return Ok(Verdict::Ran(Tally::failed()));
        }
        let cluster = Cluster::start(Size::Three)?;
        let mut tests = cargo_test(&targets);
        cluster.lend_to(&mut tests)?;
        // One at a time: a test may kill a broker.
        tests.args(["--", "--test-threads=1"]);
        let tally = tally::run(tests)?;
        if !tally.passed {
            eprintln!("kafka: the brokers' logs are in {}", cluster.keep_logs()?.display());
        }
        cluster.stop()?;
        Ok(Verdict::Ran(tally))
    }

    /// Cargo's arguments for the files in `tests` folders that belong to this suite; none if there are none.
    ///
    /// They are chosen from the whole workspace, since with fewer packages the dependencies may have other features,
    /// and librdkafka is then compiled once more.
    fn targets(self, metadata: &Metadata) -> Vec<String> {
        let names = self.files(metadata);
        if names.is_empty() {
            return Vec::new();
        }
        let arguments =
            ["--workspace"].into_iter().chain(names.into_iter().flat_map(|name| ["--test", name]));
        arguments.map(String::from).collect()
    }

    /// The names of the files in `tests` folders that belong to this suite.
    fn files(self, metadata: &Metadata) -> BTreeSet<&str> {
        let targets = metadata.crates().flat_map(|package| &package.targets);
        let tests = targets.filter(|target| target.kind == ["test"]).map(|target| target.name.as_str());
        tests.filter(|name| Self::of_file(name) == self).collect()
    }

    fn of_file(name: &str) -> Self {
        match name {
            name if name.starts_with("kafka") => Self::Kafka,
            name if name.starts_with("compile") => Self::Compile,
            _ => Self::Mock,
        }
    }
}

/// Shows all failures, not only those of the first binary.
fn cargo_test<A: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = A>) -> Command {
    let mut cargo = workspace::cargo(["test", "--no-fail-fast"]);
    cargo.args(args);
    cargo
}

fn loom() -> Command {
    let packages = ["klamm-core", "klamm-stream", "klamm-combinators"];
    let packages = packages.into_iter().flat_map(|package| ["--package", package]);
    let mut cargo = cargo_test(packages.chain(["--lib", "--release", "loom"]));
    let flags = std::env::var("RUSTFLAGS").unwrap_or_default();
    cargo.env("RUSTFLAGS", format!("{flags} --cfg klamm_loom").trim());
    // Other flags mean other artefacts; in a folder of their own they do not evict the usual ones.
    cargo.env("CARGO_TARGET_DIR", workspace::root().join("target/loom"));
    cargo.env("LOOM_MAX_PREEMPTIONS", "3");
    cargo
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::{Package, Target};

    fn package(manifest: &str, tests: &[&str]) -> Package {
        let test = |name: &&str| Target { name: (*name).into(), kind: vec!["test".into()] };
        let mut targets = tests.iter().map(test).collect::<Vec<_>>();
        targets.push(Target { name: "lib".into(), kind: vec!["lib".into()] });
        Package { name: "a".into(), manifest_path: manifest.into(), targets, ..Package::default() }
    }

    #[test]
    fn a_test_file_belongs_to_the_suite_that_its_name_begins_with() {
        let packages = vec![
            package("w/crates/a/Cargo.toml", &["kafka_groups", "compile_fail", "recv"]),
            package("w/crates/b/Cargo.toml", &["recv"]),
            package("w/xtask/Cargo.toml", &["kafka"]),
        ];
        let metadata = Metadata { packages };
        let check = |suite: Suite, file: &str| {
            assert_eq!(suite.targets(&metadata), ["--workspace", "--test", file]);
        };
        check(Suite::Kafka, "kafka_groups");
        check(Suite::Compile, "compile_fail");
        check(Suite::Mock, "recv");
    }

    #[test]
    fn a_suite_without_files_has_no_targets() {
        let metadata = Metadata { packages: vec![package("w/crates/a/Cargo.toml", &["recv"])] };
        assert!(Suite::Kafka.targets(&metadata).is_empty());
    }
}
