//! The workspace that this binary was built from: its root, its packages, its cargo.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// The folder of the root manifest, as it was at compile time: when a test calls this binary, cargo's own
/// variables in the environment speak of that test's package.
pub(crate) fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}

/// A cargo command that runs in the root, with the cargo that runs us.
pub(crate) fn cargo<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(args).current_dir(root());
    command
}

/// Says on stderr which command starts, the way a shell trace would.
pub(crate) fn announce(command: &Command) {
    let variables = command.get_envs().filter_map(|(name, value)| {
        value.map(|value| format!("{}='{}' ", name.to_string_lossy(), value.to_string_lossy()))
    });
    let program = Path::new(command.get_program()).file_stem().unwrap_or_default().to_string_lossy();
    let arguments = command.get_args().map(|argument| format!(" {}", argument.to_string_lossy()));
    eprintln!("$ {}{program}{}", variables.collect::<String>(), arguments.collect::<String>());
}

/// Runs a command that prints for itself; true when it ended well.
pub(crate) fn succeeds(command: &mut Command) -> Result<bool> {
    announce(command);
    let status = command
        .status()
        .with_context(|| format!("cannot run {}", Path::new(command.get_program()).display()))?;
    Ok(status.success())
}

/// The names of what a package depends on, directly or not, with every feature and on every target, but not for its tests.
pub(crate) fn dependencies_of(package: &str) -> Result<BTreeSet<String>> {
    let mut tree =
        cargo(["tree", "--package", package, "--edges", "normal", "--all-features", "--target", "all"]);
    let output =
        tree.args(["--prefix", "none", "--format", "{p}"]).output().context("cannot run cargo tree")?;
    if !output.status.success() {
        bail!("cargo tree failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let lines = String::from_utf8(output.stdout).context("a package's name is not UTF-8")?;
    let names = lines.lines().filter_map(|line| line.split_whitespace().next());
    Ok(names.map(String::from).collect())
}

/// What `cargo metadata --no-deps` tells about the workspace.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) manifest_path: PathBuf,
    pub(crate) rust_version: Option<String>,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) targets: Vec<Target>,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// None for a normal dependency, otherwise `dev` or `build`.
    pub(crate) kind: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) kind: Vec<String>,
}

impl Metadata {
    pub(crate) fn read() -> Result<Self> {
        let output = cargo(["metadata", "--no-deps", "--format-version", "1"])
            .stderr(Stdio::inherit())
            .output()
            .context("cannot run cargo metadata")?;
        if !output.status.success() {
            bail!("cargo metadata failed");
        }
        serde_json::from_slice(&output.stdout).context("cannot understand cargo metadata")
    }

    /// The published packages: those under `crates/`.
    pub(crate) fn crates(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| package.is_in("crates"))
    }
}

impl Package {
    /// Whether the package is a direct child of this folder of the root.
    fn is_in(&self, folder: &str) -> bool {
        let parent = self.manifest_path.parent().and_then(Path::parent);
        parent.and_then(Path::file_name) == Some(OsStr::new(folder))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_with_a_package_is_found_but_for_its_tests() {
        let has = |package: &str, name: &str| dependencies_of(package).unwrap().contains(name);
        assert!(has("klamm-stream", "klamm-core") && has("klamm-stream", "rdkafka-sys"));
        assert!(has("xtask", "tokio"));
        assert!(!has("klamm-stream", "klamm-testing"));
    }
}
