//! A target: its name, and the folders of its inputs.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::folder;
use crate::workspace;

/// The package of all targets, from the root.
pub(super) const PACKAGE: &str = "crates/klamm-core/fuzz";
/// What the runs leave behind, from the root.
pub(super) const LEFT: &str = "target/fuzz";

#[derive(Debug)]
pub(super) struct Target(String);

impl Target {
    pub(super) fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    pub(super) fn name(&self) -> &str {
        &self.0
    }

    /// The inputs that are kept in the repository.
    pub(super) fn corpus(&self) -> PathBuf {
        workspace::root().join(PACKAGE).join("corpus").join(&self.0)
    }

    /// Everything that was of interest to a run, of which the corpus takes a small part.
    pub(super) fn found(&self) -> PathBuf {
        workspace::root().join(LEFT).join("found").join(&self.0)
    }

    /// The inputs that the target failed on.
    pub(super) fn artifacts(&self) -> PathBuf {
        workspace::root().join(LEFT).join("artifacts").join(&self.0)
    }
}

/// Every target, in the order of their names: one for each file beside the list of them.
pub(super) fn all() -> Result<Vec<Target>> {
    let sources = workspace::root().join(PACKAGE).join("src/targets");
    let files = folder::files(&sources)?;
    let targets = files.iter().filter_map(|file| name_of(file)).map(Target::new).collect::<Vec<_>>();
    if targets.is_empty() {
        bail!("there is no target in {}", sources.display());
    }
    Ok(targets)
}

/// The name of the target that this file holds.
fn name_of(file: &Path) -> Option<&str> {
    let name = file.file_name()?.to_str()?.strip_suffix(".rs")?;
    (!["mod", "list"].contains(&name)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_file_beside_the_list() {
        assert_eq!(name_of(Path::new("a/headers.rs")), Some("headers"));
        assert_eq!(name_of(Path::new("a/mod.rs")), None);
        assert_eq!(name_of(Path::new("a/list.rs")), None);
        assert_eq!(name_of(Path::new("a/notes.md")), None);
    }

    #[test]
    fn every_target_of_the_workspace_has_inputs_to_start_from() {
        let targets = all().unwrap();
        for target in &targets {
            assert!(!folder::files(&target.corpus()).unwrap().is_empty(), "{}", target.name());
        }
    }
}
