//! The versions that the README names are those of the manifests.

use super::super::tree::{Tree, Violation};

const README: &str = "README.md";

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let msrv = tree.packages.iter().find_map(|package| package.rust_version.as_deref());
    let library = tree.text("Cargo.lock").and_then(librdkafka);
    let mut violations = compare(tree, "Rust", msrv);
    violations.extend(compare(tree, "librdkafka", library));
    violations
}

/// Compares the version in every `<product> 1.2` of the README, of which there must be one, to the real one.
fn compare(tree: &Tree, product: &str, real: Option<&str>) -> Vec<Violation> {
    let Some(real) = real else {
        return vec![Violation::new("Cargo.toml", 1, format!("no version of {product} is set"))];
    };
    let readme = tree.text(README).unwrap_or_default();
    let claims = readme
        .lines()
        .enumerate()
        .flat_map(|(index, line)| versions_after(line, product).map(move |version| (index + 1, version)));
    let claims = claims.collect::<Vec<_>>();
    if claims.is_empty() {
        return vec![Violation::new(README, 1, format!("must say that it is about {product} {real}"))];
    }
    let wrong = claims.into_iter().filter(|(_, version)| *version != real);
    wrong
        .map(|(line, version)| Violation::new(README, line, format!("{product} {version} is {real}")))
        .collect()
}

fn versions_after<'a>(line: &'a str, product: &str) -> impl Iterator<Item = &'a str> {
    line.split(product).skip(1).filter_map(|rest| {
        let rest = rest.strip_prefix(' ')?;
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let version = rest[..end].trim_end_matches('.');
        version.contains('.').then_some(version)
    })
}

/// The library's version as rdkafka-sys states it after a plus sign: `4.10.0+2.12.1`.
fn librdkafka(lock: &str) -> Option<&str> {
    let mut lines = lock.lines().skip_while(|line| *line != "name = \"rdkafka-sys\"");
    let version = lines.nth(1)?.strip_prefix("version = \"")?.strip_suffix('"')?;
    version.split_once('+').map(|(_, library)| library)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "[[package]]\nname = \"rdkafka-sys\"\nversion = \"4.10.0+2.12.1\"\n";

    fn messages(readme: &str) -> Vec<(usize, String)> {
        let tree = Tree::of(&[("README.md", readme), ("Cargo.lock", LOCK)]).with_package("klamm-core", &[]);
        check(&tree).into_iter().map(|violation| (violation.line, violation.message)).collect()
    }

    #[test]
    fn equal_versions_pass() {
        assert!(
            messages("Rust 1.85 or newer. Over librdkafka 2.12.1, which is built from source.").is_empty()
        );
    }

    #[test]
    fn an_old_version_is_named_with_its_line() {
        let found =
            messages("Needs Rust 1.85.\nThe MSRV is Rust 1.80. librdkafka is a C library: librdkafka 2.3.0.");
        assert_eq!(found, [(2, "Rust 1.80 is 1.85".into()), (2, "librdkafka 2.3.0 is 2.12.1".into())]);
    }

    #[test]
    fn a_readme_that_names_none_is_told_so() {
        let found = messages("A README.");
        assert_eq!(found[0], (1, "must say that it is about Rust 1.85".into()));
        assert_eq!(found.len(), 2);
    }
}
