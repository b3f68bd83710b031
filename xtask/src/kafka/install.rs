//! Kafka's jars, fetched once by Maven.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use super::lock::Lock;
use super::places;
use crate::workspace;

/// Part of the binary, so that the stamp tells whether the jars are those this code was written for.
const POM: &str = include_str!("../../kafka/pom.xml");

/// Whether the jars of this very pom are in place.
pub(super) fn is_done() -> bool {
    fs::read_to_string(stamp()).is_ok_and(|stamp| stamp == POM)
}

/// Fetches the jars unless they are in place.
pub(super) fn ensure() -> Result<()> {
    if is_done() {
        return Ok(());
    }
    places::create_home()?;
    let _lock = Lock::take(&places::home().join("jars.lock"), "another process that fetches Kafka")?;
    // It may just have done the work.
    if is_done() { Ok(()) } else { fetch() }
}

fn fetch() -> Result<()> {
    eprintln!("kafka: fetching the jars of Apache Kafka with mvn (54 MB, once)");
    let began = Instant::now();
    let jars = places::jars();
    // A half-filled folder must never look like a whole one: the stamp comes last, the old one goes first.
    if jars.exists() {
        fs::remove_dir_all(&jars).with_context(|| format!("cannot remove {}", jars.display()))?;
    }
    let mut mvn = Command::new("mvn");
    mvn.args(["--quiet", "--batch-mode", "--file"]).arg(workspace::root().join("xtask/kafka/pom.xml"));
    mvn.arg("dependency:copy-dependencies").arg(format!("-DoutputDirectory={}", jars.display()));
    let output = mvn.output().context("cannot run mvn")?;
    if !output.status.success() {
        bail!(
            "mvn could not fetch Kafka's jars:\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    fs::write(stamp(), POM).with_context(|| format!("cannot write {}", stamp().display()))?;
    eprintln!("kafka: fetched in {:.1} s", began.elapsed().as_secs_f64());
    Ok(())
}

fn stamp() -> PathBuf {
    places::jars().join("pom.xml")
}
