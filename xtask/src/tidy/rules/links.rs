//! Every relative link in a Markdown file leads to something.

use super::super::tree::{Tree, Violation};

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (path, text) in tree.with_extension(".md") {
        for (line, target) in links(text) {
            let target = target.split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains(':') {
                continue;
            }
            if !resolve(path, target).is_some_and(|file| tree.has(&file)) {
                violations.push(Violation::new(path, line, format!("the link to {target} is dead")));
            }
        }
    }
    violations
}

/// The targets of `[text](target)` and `[label]: target` outside of code, with their lines.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut links = Vec::new();
    let mut in_code = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        let prose = line.split('`').step_by(2);
        let inline =
            prose.flat_map(|part| part.split("](").skip(1)).filter_map(|rest| rest.split([')', ' ']).next());
        links.extend(inline.map(|target| (index + 1, target)));
        if let Some((label, target)) = line.split_once("]: ") {
            if label.starts_with('[') {
                links.push((index + 1, target.trim()));
            }
        }
    }
    links
}

/// A target as a path from the root; none if it leaves the repository.
fn resolve(file: &str, target: &str) -> Option<String> {
    let mut parts = file.split('/').collect::<Vec<_>>();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_link_is_named_with_its_line() {
        let page = "See [a](../README.md#use), [b](https://example.org/x), [c](#here) and [d](gone.md).\n\
                    [`e`](../crates) [up](../../README.md)\n\n\
                    [f]: life.md\n[g]: dead.md\n\n```text\n[h](in-code.md)\n```\nand `[i](in-code.md)`\n";
        let tree = Tree::of(&[
            ("README.md", ""),
            ("crates/a/Cargo.toml", ""),
            ("docs/life.md", ""),
            ("docs/page.md", page),
        ]);
        let violations = check(&tree);
        let found = violations.iter().map(|v| (v.line, v.message.as_str())).collect::<Vec<_>>();
        assert_eq!(
            found,
            [
                (1, "the link to gone.md is dead"),
                (2, "the link to ../../README.md is dead"),
                (5, "the link to dead.md is dead"),
            ]
        );
    }
}
