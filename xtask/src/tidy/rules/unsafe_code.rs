//! Unsafe code has one address, and every other crate forbids it.

use super::super::source::tokens;
use super::super::tree::{Tree, Violation};

const HOMES: [&str; 3] = ["crates/klamm-core/src/native/", "benches/", "xtask/asan/"];
/// The one crate that has unsafe code.
const EXCEPTED: &str = "crates/klamm-core/src/lib.rs";

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (path, text) in tree.with_extension(".rs") {
        if HOMES.iter().any(|home| path.starts_with(home)) {
            continue;
        }
        let all = tokens(text);
        let used = all.iter().filter(|token| token.text == "unsafe" && !token.in_attribute);
        violations.extend(
            used.map(|token| {
                Violation::new(path, token.line, format!("unsafe code belongs in {}", HOMES[0]))
            }),
        );
        let is_crate = path.starts_with("crates/") && path.ends_with("/src/lib.rs") && path != EXCEPTED;
        if is_crate && !text.lines().any(|line| line == "#![forbid(unsafe_code)]") {
            violations.push(Violation::new(path, 1, "must say #![forbid(unsafe_code)]"));
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsafe_code_outside_its_home_is_named() {
        let code = "//! On unsafe code.\n#[expect(unsafe_code)]\nfn f() { unsafe { g() } }\n";
        let tree = Tree::of(&[
            ("crates/klamm-core/src/native/queue.rs", code),
            ("benches/src/raw.rs", code),
            ("xtask/asan/src/main.rs", code),
            ("crates/klamm-core/src/client.rs", code),
        ]);
        let violations = check(&tree);
        assert_eq!(violations.len(), 1);
        assert_eq!((violations[0].path.as_str(), violations[0].line), ("crates/klamm-core/src/client.rs", 3));
    }

    #[test]
    fn a_crate_that_does_not_forbid_it_is_named() {
        let tree = Tree::of(&[
            ("crates/klamm-core/src/lib.rs", "//! Core.\n"),
            ("crates/klamm-stream/src/lib.rs", "//! Stream.\n// #![forbid(unsafe_code)]\n"),
            ("crates/klamm-testing/src/lib.rs", "//! Testing.\n#![forbid(unsafe_code)]\n"),
        ]);
        let violations = check(&tree);
        assert_eq!(violations.len(), 1);
        assert_eq!(violations[0].path, "crates/klamm-stream/src/lib.rs");
    }
}
