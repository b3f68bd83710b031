//! Where the fixture keeps things: everything is under `target/kafka`.

use std::path::PathBuf;
use std::{env, fs};

use anyhow::{Context, Result};

use crate::workspace;

/// Names the folder of the cluster that a command inside `kafka run` lives in.
pub(super) const DIR_VARIABLE: &str = "KLAMM_KAFKA_DIR";

pub(super) fn home() -> PathBuf {
    workspace::root().join("target/kafka")
}

/// Makes sure that the home is there.
pub(super) fn create_home() -> Result<()> {
    fs::create_dir_all(home()).with_context(|| format!("cannot create {}", home().display()))
}

/// Kafka and what it needs, shared by all clusters.
pub(super) fn jars() -> PathBuf {
    home().join("jars")
}

/// The cluster of `kafka up`.
pub(super) fn up() -> PathBuf {
    home().join("up")
}

/// The cluster that a fault or `status` is about: the one we run inside, else that of `kafka up`.
pub(super) fn current() -> PathBuf {
    env::var_os(DIR_VARIABLE).map_or_else(up, PathBuf::from)
}
