//! The top level holds what the architecture names, and nothing else.

use std::collections::BTreeSet;

use super::super::tree::{Tree, Violation};

const ENTRIES: [&str; 9] = [
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "benches",
    "crates",
    "docs",
    "xtask",
];

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let entries = tree.files().filter_map(|(path, _)| path.split('/').next()).collect::<BTreeSet<_>>();
    let extra = entries.iter().filter(|entry| !entry.starts_with('.') && !ENTRIES.contains(entry));
    let extra = extra.map(|entry| Violation::new(entry, 1, "does not belong at the top level"));
    let missing = ENTRIES.iter().filter(|entry| !entries.contains(*entry));
    let missing = missing.map(|entry| Violation::new(entry, 1, "is missing at the top level"));
    extra.chain(missing).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extra_and_a_missing_entry_are_named() {
        let mut files = ENTRIES.map(|entry| (entry, "")).to_vec();
        files.push((".ci/run", ""));
        assert!(check(&Tree::of(&files)).is_empty());
        files[0].0 = "NOTES.md";
        let violations = check(&Tree::of(&files));
        let paths = violations.iter().map(|violation| violation.path.as_str()).collect::<Vec<_>>();
        assert_eq!(paths, ["NOTES.md", "Cargo.lock"]);
    }
}
