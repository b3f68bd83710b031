//! No async runtime comes with the consumer: not directly, and not through something else.

use super::super::tree::{Tree, Violation};

/// Runtimes, and what is of no use without one.
const RUNTIMES: [&str; 9] = [
    "actix-rt",
    "async-executor",
    "async-global-executor",
    "async-io",
    "async-std",
    "futures-executor",
    "glommio",
    "smol",
    "tokio",
];

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (package, all) in &tree.dependencies {
        let path = format!("crates/{package}/Cargo.toml");
        let found = all.iter().filter(|name| RUNTIMES.contains(&name.as_str()));
        violations
            .extend(found.map(|name| Violation::new(&path, 1, format!("{package} brings {name} along"))));
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runtime_is_named_wherever_it_comes_from() {
        let mut tree = Tree::default();
        let all = ["futures-core", "tokio-util", "tokio"].map(String::from).into();
        tree.dependencies.insert("klamm-stream".into(), all);
        tree.dependencies.insert("klamm-core".into(), ["bytes", "tokio-stream"].map(String::from).into());
        let violations = check(&tree);
        assert_eq!(violations.len(), 1);
        assert_eq!(violations[0].path, "crates/klamm-stream/Cargo.toml");
        assert_eq!(violations[0].message, "klamm-stream brings tokio along");
    }
}
