//! A file that grows long has more than one job.

use super::super::tree::{Tree, Violation};

const LIMIT: usize = 400;
/// Files that may be longer, each with its reason.
const EXCEPTED: [(&str, &str); 0] = [];

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    check_except(tree, &EXCEPTED)
}

fn check_except(tree: &Tree, excepted: &[(&str, &str)]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (path, text) in tree.with_extension(".rs") {
        let lines = text.lines().count();
        let is_excepted = excepted.iter().any(|(file, _)| *file == path);
        if lines > LIMIT && !is_excepted {
            violations.push(Violation::new(path, LIMIT + 1, format!("{lines} lines, at most {LIMIT}")));
        }
        if lines <= LIMIT && is_excepted {
            violations.push(Violation::new(
                path,
                1,
                "is short enough now: take it off the list of exceptions",
            ));
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_is_named_unless_it_has_a_reason() {
        let long = "\n".repeat(LIMIT + 1);
        let tree = Tree::of(&[("a.rs", &long), ("b.rs", &long), ("c.rs", "\n"), ("d.md", &long)]);
        let excepted = [("b.rs", "a table"), ("c.rs", "was long")];
        let violations = check_except(&tree, &excepted);
        let paths = violations.iter().map(|violation| violation.path.as_str()).collect::<Vec<_>>();
        assert_eq!(paths, ["a.rs", "c.rs"]);
    }
}
