//! No test is switched off, and nothing is left for later in the code.

use super::super::source::{Token, tokens};
use super::super::tree::{Tree, Violation};

/// Spelled in two parts, so that this file does not name itself.
const NOTES: [&str; 2] = [concat!("FIX", "ME"), concat!("X", "XX")];

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (path, text) in tree.with_extension(".rs") {
        violations.extend(unfinished(&tokens(text)).map(|(line, what)| Violation::new(path, line, what)));
        for (index, line) in text.lines().enumerate() {
            let words = line.split(|c: char| !c.is_alphanumeric());
            let note = words.filter(|word| NOTES.contains(word)).map(|word| format!("{word} is left"));
            violations.extend(note.map(|what| Violation::new(path, index + 1, what)));
        }
    }
    violations
}

/// The ignored tests and the macros that stand for code to come.
fn unfinished(tokens: &[Token]) -> impl Iterator<Item = (usize, String)> {
    let ignored = tokens.iter().filter(|token| token.in_attribute && token.text == "ignore");
    let ignored = ignored.map(|token| (token.line, "a test is ignored".to_owned()));
    let called = tokens.windows(2).filter(|pair| pair[1].text == "!" && !pair[0].in_attribute);
    let missing = called.filter(|pair| ["todo", "unimplemented"].contains(&pair[0].text.as_str()));
    ignored.chain(missing.map(|pair| (pair[0].line, format!("{}! is left", pair[0].text))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_for_later_is_named() {
        let note = NOTES[0];
        let code = format!(
            "//! No todo!() here: `#[ignore]`.\n#[test]\n#[ignore = \"slow\"]\nfn t() {{ todo!() }}\n\
             fn u() {{ unimplemented!(\"yet\") }} // {note}: later\nfn ignore() {{ todo() }}\n"
        );
        let violations = check(&Tree::of(&[("a.rs", &code)]));
        let found = violations.iter().map(|v| (v.line, v.message.as_str())).collect::<Vec<_>>();
        let note = format!("{note} is left");
        assert_eq!(
            found,
            [
                (3, "a test is ignored"),
                (4, "todo! is left"),
                (5, "unimplemented! is left"),
                (5, note.as_str())
            ]
        );
    }
}
