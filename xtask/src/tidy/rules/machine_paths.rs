//! No text knows the machine it was written on.

use super::super::tree::{Tree, Violation};

/// Spelled in parts, so that this file does not name them.
const FOLDERS: [&str; 4] =
    [concat!("/", "work/"), concat!("/", "root/"), concat!("/", "home/"), concat!("/", "tmp/")];

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (path, text) in tree.files() {
        for (index, line) in text.lines().enumerate() {
            let named = FOLDERS.iter().filter(|folder| names(line, folder));
            violations.extend(named.map(|folder| {
                Violation::new(path, index + 1, format!("names a path of some machine: {folder}"))
            }));
        }
    }
    violations
}

/// Whether the folder stands in the line as an absolute path, not as the end of another path or an address.
fn names(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "_-.~})".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absolute_path_is_named_and_a_relative_one_is_not() {
        let [work, root, ..] = FOLDERS;
        let text = format!("cd {work}main\nhttps://example.org{work}x target{root}y\nfile://{root}z\n");
        let violations = check(&Tree::of(&[("docs/a.md", &text)]));
        let lines = violations.iter().map(|violation| violation.line).collect::<Vec<_>>();
        assert_eq!(lines, [1, 3]);
    }
}
