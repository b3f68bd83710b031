//! The repository as the rules see it: what git has or would add, and the packages.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace::{self, Metadata, Package};

#[derive(Debug, Default)]
pub(super) struct Tree {
    /// Paths from the root; the text is empty for files that are not text.
    files: BTreeMap<String, String>,
    pub(super) packages: Vec<Package>,
    /// What those of [`LIGHT`] depend on, directly or not, other than for their tests.
    pub(super) dependencies: BTreeMap<String, BTreeSet<String>>,
}

/// The packages of which it matters what comes with them.
const LIGHT: [&str; 4] = ["klamm-core", "klamm-stream", "klamm-producer", "klamm-combinators"];

/// One line that breaks a rule.
#[derive(Debug)]
pub(super) struct Violation {
    pub(super) path: String,
    /// From 1.
    pub(super) line: usize,
    pub(super) message: String,
}

impl Violation {
    pub(super) fn new(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.into(), line, message: message.into() }
    }
}

impl Tree {
    pub(super) fn read(root: &Path) -> Result<Self> {
        let mut git = Command::new("git");
        git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(root);
        let output = git.output().context("cannot run git")?;
        if !output.status.success() {
            bail!("git ls-files failed: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let paths = String::from_utf8(output.stdout).context("a path is not UTF-8")?;
        let mut files = BTreeMap::new();
        for path in paths.split_terminator('\0') {
            // One that git still has but the folder has not any more is on its way out.
            if let Ok(bytes) = fs::read(root.join(path)) {
                files.insert(path.to_owned(), String::from_utf8(bytes).unwrap_or_default());
            }
        }
        let mut dependencies = BTreeMap::new();
        for package in LIGHT {
            dependencies.insert(package.to_owned(), workspace::dependencies_of(package)?);
        }
        Ok(Self { files, packages: Metadata::read()?.packages, dependencies })
    }

    pub(super) fn len(&self) -> usize {
        self.files.len()
    }

    pub(super) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The files with this extension, which includes its dot.
    pub(super) fn with_extension(&self, extension: &str) -> impl Iterator<Item = (&str, &str)> {
        self.files().filter(move |(path, _)| path.ends_with(extension))
    }

    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Whether there is a file or a folder of this name.
    pub(super) fn has(&self, path: &str) -> bool {
        let folder = format!("{path}/");
        path.is_empty() || self.files.keys().any(|file| file == path || file.starts_with(&folder))
    }
}

#[cfg(test)]
impl Tree {
    /// A made-up tree of these files.
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|(path, text)| ((*path).into(), (*text).into())).collect();
        Self { files, ..Self::default() }
    }

    /// Adds a package with normal dependencies.
    pub(super) fn with_package(mut self, name: &str, dependencies: &[&str]) -> Self {
        use crate::workspace::Dependency;
        let dependencies = dependencies.iter().map(|name| Dependency { name: (*name).into(), kind: None });
        self.packages.push(Package {
            name: name.into(),
            manifest_path: format!("crates/{name}/Cargo.toml").into(),
            dependencies: dependencies.collect(),
            rust_version: Some("1.85".into()),
            ..Package::default()
        });
        self
    }
}
