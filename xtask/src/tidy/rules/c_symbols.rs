//! librdkafka's symbols stay behind the boundary, and come in through one ledger.

use super::super::source::tokens;
use super::super::tree::{Tree, Violation};

const BOUNDARY: &str = "crates/klamm-core/src/native/";
const LEDGER: &str = "crates/klamm-core/src/native/ledger.rs";
/// Where C is called beside what we make of it.
const EXCEPTED: [&str; 2] = ["benches/", "xtask/asan/"];

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (path, text) in tree.with_extension(".rs") {
        if EXCEPTED.iter().any(|folder| path.starts_with(folder)) {
            continue;
        }
        for token in tokens(text).iter().filter(|token| !token.in_attribute) {
            if token.text == "rdkafka_sys" && path != LEDGER {
                violations.push(Violation::new(path, token.line, format!("import it in {LEDGER}")));
            }
            if is_c_symbol(&token.text) && !path.starts_with(BOUNDARY) {
                let message = format!("{} is named outside {BOUNDARY}", token.text);
                violations.push(Violation::new(path, token.line, message));
            }
        }
    }
    violations
}

fn is_c_symbol(name: &str) -> bool {
    name.starts_with("rd_kafka_") || name.starts_with("RD_KAFKA_")
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "//! Calls rd_kafka_poll.\nuse rdkafka_sys::rd_kafka_poll;\n";

    /// The lines of `path` that break the rule when it holds [`CODE`].
    fn lines(path: &str) -> Vec<usize> {
        check(&Tree::of(&[(path, CODE)])).iter().map(|violation| violation.line).collect()
    }

    #[test]
    fn a_c_symbol_outside_the_boundary_is_named() {
        assert_eq!(lines("crates/klamm-stream/src/control.rs"), [2, 2]);
    }

    #[test]
    fn within_the_boundary_only_the_ledger_imports() {
        assert_eq!(lines("crates/klamm-core/src/native/queue.rs"), [2]);
        assert!(lines(LEDGER).is_empty());
        assert!(lines("benches/src/raw.rs").is_empty());
        assert!(lines("xtask/asan/src/main.rs").is_empty());
    }
}
