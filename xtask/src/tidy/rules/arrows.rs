//! Dependencies between the crates point one way, and none of them picks an async runtime for its users.

use super::super::tree::{Tree, Violation};
use crate::workspace::Package;

/// Which families of packages a crate must not depend on, other than for its tests.
const FORBIDDEN: [(&str, &[&str]); 5] = [
    ("klamm-core", &["klamm", "tokio", "futures"]),
    ("klamm-stream", &["klamm", "tokio"]),
    ("klamm-producer", &["klamm", "tokio"]),
    ("klamm-combinators", &["klamm", "tokio"]),
    ("klamm-testing", &["klamm"]),
];

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    tree.packages.iter().flat_map(|package| violations_of(tree, package)).collect()
}

fn violations_of(tree: &Tree, package: &Package) -> Vec<Violation> {
    let Some((_, forbidden)) = FORBIDDEN.iter().find(|(name, _)| *name == package.name) else {
        return Vec::new();
    };
    let path = format!("crates/{}/Cargo.toml", package.name);
    let manifest = tree.text(&path).unwrap_or_default();
    let used = package.dependencies.iter().filter(|dependency| dependency.kind.as_deref() != Some("dev"));
    let wrong = used.map(|dependency| dependency.name.as_str()).filter(|name| {
        let is_core = *name == "klamm-core" && package.name != *name;
        !is_core && forbidden.iter().any(|family| is_of_family(name, family))
    });
    wrong
        .map(|name| {
            let line = manifest.lines().position(|line| line.starts_with(name)).map_or(1, |index| index + 1);
            Violation::new(&path, line, format!("{} must not depend on {name}", package.name))
        })
        .collect()
}

/// Whether the name is that of the family, or begins with it and a dash.
fn is_of_family(name: &str, family: &str) -> bool {
    name.strip_prefix(family).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arrow_the_wrong_way_is_named_with_its_line() {
        let manifest = "[dependencies]\nklamm-core.workspace = true\nklamm-stream.workspace = true\n";
        let tree = Tree::of(&[("crates/klamm-combinators/Cargo.toml", manifest)]);
        let tree = tree.with_package("klamm-combinators", &["klamm-core", "klamm-stream", "tracing"]);
        let violations = check(&tree);
        assert_eq!(violations.len(), 1);
        assert_eq!(violations[0].line, 3);
        assert_eq!(violations[0].message, "klamm-combinators must not depend on klamm-stream");
    }

    #[test]
    fn runtimes_are_kept_out() {
        let check = |package: &str, dependency: &str| {
            super::check(&Tree::default().with_package(package, &[dependency])).len()
        };
        assert_eq!(check("klamm-core", "futures-core"), 1);
        assert_eq!(check("klamm-core", "tokio"), 1);
        assert_eq!(check("klamm-stream", "tokio-stream"), 1);
        assert_eq!(check("klamm-stream", "futures-core"), 0);
        assert_eq!(check("xtask", "klamm-stream"), 0);
    }

    #[test]
    fn tests_may_depend_on_anything() {
        let mut tree = Tree::default().with_package("klamm-core", &["klamm-testing"]);
        tree.packages[0].dependencies[0].kind = Some("dev".into());
        assert!(check(&tree).is_empty());
    }
}
