//! A `mod.rs` is a page of contents: documentation, modules and imports.

use super::super::source::{Token, tokens};
use super::super::tree::{Tree, Violation};

/// Files that may hold more, each with its reason.
const EXCEPTED: [(&str, &str); 0] = [];

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (path, text) in tree.with_extension("/mod.rs") {
        // What integration tests share must be in a mod.rs, else cargo takes it for a test.
        if path.contains("/tests/") || EXCEPTED.iter().any(|(file, _)| *file == path) {
            continue;
        }
        let code = tokens(text).into_iter().filter(|token| !token.in_attribute).collect::<Vec<_>>();
        let items = code.split(|token| token.text == ";").filter(|item| !item.is_empty());
        let wrong = items.filter(|item| !is_contents(item)).map(|item| item[0].line);
        violations.extend(wrong.map(|line| Violation::new(path, line, "more than docs, `mod` and `use`")));
    }
    violations
}

/// Whether this is `mod name` or `use …`, whatever its visibility.
fn is_contents(item: &[Token]) -> bool {
    let mut words = item.iter().map(|token| token.text.as_str());
    match words.find(|word| !["pub", "crate", "super", "in", ":"].contains(word)) {
        Some("use") => true,
        // With a body there would be more than the name.
        Some("mod") => words.count() == 1,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Option<usize> {
        check(&Tree::of(&[("a/src/mod.rs", text), ("a/tests/common/mod.rs", "fn f() {}")]))
            .first()
            .map(|violation| violation.line)
    }

    #[test]
    fn contents_pass() {
        let page = "//! A room.\n#![expect(unsafe_code, reason = \"home\")]\n\n/// Docs.\npub mod a;\n\
                    #[cfg(test)]\nmod tests;\npub(crate) use a::{B, C};\nuse super::d::*;\n";
        assert_eq!(line(page), None);
    }

    #[test]
    fn anything_else_is_named() {
        assert_eq!(line("//! A room.\nmod a;\n/// Docs.\npub fn f() {}\nmod b;\n"), Some(4));
        assert_eq!(line("mod a {\n  pub struct S;\n}\nmod b;\n"), Some(1));
        assert_eq!(line("use a::b;\nconst N: usize = 1;\n"), Some(2));
    }
}
