//! Every source file says in its first line what it is for.

use super::super::tree::{Tree, Violation};

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mute = tree.with_extension(".rs").filter(|(_, text)| {
        // A crate may show its README instead.
        !["//! ", "#![doc = include_str!"].iter().any(|start| text.starts_with(start))
    });
    mute.map(|(path, _)| Violation::new(path, 1, "must begin with a line of `//!` documentation")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_first_line_is_named() {
        let tree = Tree::of(&[
            ("crates/a/src/lib.rs", "#![doc = include_str!(\"../README.md\")]\n"),
            ("crates/a/src/offset.rs", "//! Offsets.\n"),
            ("crates/a/tests/recv.rs", "use a::b;\n"),
        ]);
        let violations = check(&tree);
        assert_eq!(violations.len(), 1);
        assert_eq!(violations[0].path, "crates/a/tests/recv.rs");
    }
}
