//! Rust sources as tokens, so that a rule about code cannot trip over a comment or a string.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// An identifier or punctuation mark of a source file.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) text: String,
    /// From 1.
    pub(super) line: usize,
    /// Whether it belongs to `#[…]` or `#![…]`, where doc comments stand too.
    pub(super) in_attribute: bool,
}

/// All tokens but literals and brackets, in order. A file that is not Rust has none; the compiler will say why.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    flatten(text.parse().unwrap_or_default(), false, &mut tokens);
    tokens
}

fn flatten(trees: TokenStream, in_attribute: bool, tokens: &mut Vec<Token>) {
    // After `#` or `#!`, so that a bracket makes an attribute.
    let mut begins_attribute = false;
    for tree in trees {
        let line = tree.span().start().line;
        let text = match tree {
            TokenTree::Group(group) => {
                let is_attribute = begins_attribute && group.delimiter() == Delimiter::Bracket;
                flatten(group.stream(), in_attribute || is_attribute, tokens);
                begins_attribute = false;
                continue;
            }
            TokenTree::Literal(_) => continue,
            TokenTree::Ident(identifier) => identifier.to_string(),
            TokenTree::Punct(mark) => mark.as_char().to_string(),
        };
        begins_attribute = text == "#" || (begins_attribute && text == "!");
        tokens.push(Token { text, line, in_attribute: in_attribute || begins_attribute });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_strings_are_no_tokens_and_attributes_are_marked() {
        let source =
            "//! unsafe\n#![forbid(unsafe_code)]\n/* unsafe */ fn f() { \"unsafe\";\n r#\"unsafe\"# }";
        let all = tokens(source);
        assert!(all.iter().all(|token| token.text != "unsafe"));
        let found = all.iter().find(|token| token.text == "unsafe_code").unwrap();
        assert!(found.in_attribute && found.line == 2);
        let found = all.iter().find(|token| token.text == "f").unwrap();
        assert!(!found.in_attribute && found.line == 3);
    }
}
