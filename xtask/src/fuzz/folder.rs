//! Folders of inputs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{fs, io};

use anyhow::{Context, Result};

/// The files in a folder; none if there is no such folder.
pub(super) fn files(folder: &Path) -> Result<BTreeSet<PathBuf>> {
    let cannot = || format!("cannot read {}", folder.display());
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
        Err(error) => return Err(error).with_context(cannot),
    };
    entries.map(|entry| Ok(entry.with_context(cannot)?.path())).collect()
}

/// The files in a folder that were written at this time or later.
pub(super) fn written_since(folder: &Path, time: SystemTime) -> Result<Vec<PathBuf>> {
    let mut written = Vec::new();
    for file in files(folder)? {
        let modified = fs::metadata(&file).and_then(|metadata| metadata.modified());
        if modified.with_context(|| format!("cannot look at {}", file.display()))? >= time {
            written.push(file);
        }
    }
    Ok(written)
}

/// Removes all but the shortest of these files, and returns how many are left.
pub(super) fn keep_shortest(mut files: Vec<PathBuf>, most: usize) -> Result<usize> {
    files.sort_by_cached_key(|file| fs::metadata(file).map_or(u64::MAX, |metadata| metadata.len()));
    for file in files.iter().skip(most) {
        fs::remove_file(file).with_context(|| format!("cannot remove {}", file.display()))?;
    }
    Ok(files.len().min(most))
}

pub(super) fn make(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_files_are_kept() {
        let folder = crate::workspace::root().join("target/tmp/xtask-keep-shortest");
        make(&folder).unwrap();
        for (name, text) in [("a", "long"), ("b", "x"), ("c", "xy")] {
            fs::write(folder.join(name), text).unwrap();
        }
        let all = files(&folder).unwrap();
        assert_eq!(keep_shortest(all.iter().cloned().collect(), 3).unwrap(), 3);
        assert_eq!(keep_shortest(all.into_iter().collect(), 2).unwrap(), 2);
        assert_eq!(files(&folder).unwrap(), ["b", "c"].map(|name| folder.join(name)).into());
        fs::remove_dir_all(&folder).unwrap();
        assert!(files(&folder).unwrap().is_empty());
    }
}
