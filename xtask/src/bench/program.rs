//! An area's binary, and what it says of itself.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use klamm_testing::KafkaCluster;
use serde::Deserialize;

use super::quantity::Quantity;
use super::verdict::Bound;
use crate::workspace::{announce, cargo};

/// What an area's binary says of itself.
#[derive(Debug, Deserialize)]
pub(super) struct Description {
    pub(super) cases: Vec<String>,
    /// What a number is for.
    pub(super) per: String,
    /// The function that all measured work runs in.
    pub(super) region: String,
    pub(super) has_counter: bool,
    /// Whether C's allocations are among those that are counted.
    pub(super) counts_c: bool,
    /// The client that is held to the bounds.
    pub(super) own: String,
    pub(super) quantities: Vec<Quantity>,
    pub(super) bounds: Vec<Bound>,
}

impl Description {
    /// Says what the numbers mean.
    pub(super) fn heading(&self) -> String {
        let mut parts = vec![format!("Per {}", self.per)];
        if self.quantities.contains(&Quantity::Instructions) {
            let counted_by = if self.has_counter { "the processor" } else { "callgrind" };
            parts.push(format!("instructions counted by {counted_by}"));
        }
        let whose = if self.counts_c { "Rust's and C's" } else { "Rust's only" };
        if self.quantities.contains(&Quantity::Allocations) {
            parts.push(format!("allocations are {whose}"));
        }
        if self.quantities.contains(&Quantity::Memory) {
            parts.push(format!("bytes left are {whose}"));
        }
        if self.quantities.contains(&Quantity::Cpu) {
            parts.push("cpu ns are those of all the client's threads".to_owned());
        }
        if self.quantities.contains(&Quantity::Workers) {
            parts.push("workers ns are those of the threads that are not librdkafka's".to_owned());
        }
        if self.quantities.contains(&Quantity::Wakes) {
            parts.push(
                "switches and awake ns are those of the reader and of the client's own threads".to_owned(),
            );
        }
        if self.quantities.contains(&Quantity::P50) {
            parts.push("ns from the receipt of its bytes to the message".to_owned());
        }
        parts.join("; ") + "."
    }
}

/// An area's binary.
#[derive(Debug)]
pub(super) struct Program {
    path: PathBuf,
    /// The Kafka that it uses.
    servers: Option<String>,
}

impl Program {
    /// Builds it.
    pub(super) fn build(area: &str) -> Result<Self> {
        let format = "--message-format=json-render-diagnostics";
        let mut command = cargo(["build", "--release", "--package", "benches", "--bin", area, format]);
        announce(&command);
        let output = command.stderr(Stdio::inherit()).output().context("cannot run cargo")?;
        ensure!(output.status.success(), "the benchmark does not build");
        let messages = String::from_utf8(output.stdout)?;
        let built = messages.lines().find_map(executable);
        let program = |path| Self { path, servers: None };
        built.map(program).with_context(|| format!("cargo has built no {area}"))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives it a Kafka to use.
    pub(super) fn at(self, servers: String) -> Self {
        Self { servers: Some(servers), ..self }
    }

    /// Runs it; it answers with a line of JSON.
    pub(super) fn ask<T: for<'a> Deserialize<'a>, A: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = A>,
    ) -> Result<T> {
        let mut command = Command::new(&self.path);
        command.args(args).envs(self.servers.as_ref().map(|servers| (KafkaCluster::VARIABLE, servers)));
        answer(&mut command)
    }
}

/// The binary that one of cargo's messages is about, if any.
fn executable(message: &str) -> Option<PathBuf> {
    let message: serde_json::Value = serde_json::from_str(message).ok()?;
    message.get("executable")?.as_str().map(PathBuf::from)
}

/// Runs a command that answers with a line of JSON.
pub(super) fn answer<T: for<'a> Deserialize<'a>>(command: &mut Command) -> Result<T> {
    announce(command);
    let output = command.stderr(Stdio::inherit()).output().context("cannot run the benchmark")?;
    ensure!(output.status.success(), "the benchmark has failed");
    serde_json::from_slice(&output.stdout).context("cannot understand the benchmark's answer")
}
