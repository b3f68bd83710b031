//! Which settings are secret, and how their values are kept out of what is shown.

use std::ops::Range;

use super::Config;

/// What is shown in place of a secret.
const HIDDEN: &str = "[hidden]";

/// How many characters of a secret, in a row, are recognised as a piece of it.
const PIECE: usize = 8;

/// Below this many characters a secret is found in any text, and hiding its occurrences would spell it out.
const SHORTEST: usize = 4;

/// Tells whether the value of a key is a secret.
///
/// By the words in the key rather than by a list alone, so that a key which is misspelt, or newer than this, is covered.
fn is_secret(key: &str) -> bool {
    const WORDS: [&str; 6] = ["pass", "pwd", "secret", "key.pem", "token", "credential"];
    // These carry credentials among other things.
    const WHOLE: [&str; 3] = ["sasl.oauthbearer.config", "sasl.jaas.config", "sasl.kerberos.kinit.cmd"];
    // These have one of the words and no secret: an address and a public name.
    const PUBLIC: [&str; 2] =
        ["sasl.oauthbearer.token.endpoint.url", "sasl.oauthbearer.client.credentials.client.id"];
    let key = key.to_ascii_lowercase();
    let is_named = WHOLE.contains(&key.as_str()) || WORDS.iter().any(|word| key.contains(word));
    is_named && !PUBLIC.contains(&key.as_str())
}

/// Returns a value as it may be shown.
pub(super) fn shown<'a>(key: &str, value: &'a str) -> &'a str {
    // librdkafka does not show the name either. It is no secret: topics and hosts may be called like it.
    if is_secret(key) || key == "sasl.username" { HIDDEN } else { value }
}

/// The secrets of a configuration, to be blotted out of what librdkafka says.
#[derive(Clone, Default)]
pub(crate) struct Secrets {
    values: Vec<String>,
}

impl Secrets {
    pub(crate) fn of(config: &Config) -> Self {
        let secret = config.iter().filter(|(key, _)| is_secret(key)).map(|(_, value)| value.trim());
        Self { values: secret.filter(|value| !value.is_empty()).map(str::to_owned).collect() }
    }

    /// Replaces what a text repeats of a secret: the whole, or a piece of at least [`PIECE`] characters.
    pub(crate) fn blot(&self, text: String) -> String {
        let mut pieces = Vec::new();
        for secret in &self.values {
            let length = secret.chars().take(PIECE).count();
            let found = occurrences(&text, secret, length);
            if length < SHORTEST && !found.is_empty() {
                return "the reason is not shown, since it repeats a secret".to_owned();
            }
            pieces.extend(found);
        }
        if pieces.is_empty() { text } else { without(&text, pieces) }
    }
}

/// Returns where `length` characters of the text stand in the secret too.
fn occurrences(text: &str, secret: &str, length: usize) -> Vec<Range<usize>> {
    let starts: Vec<_> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let windows = starts.windows(length + 1).map(|window| window[0]..window[length]);
    windows.filter(|window| secret.contains(&text[window.clone()])).collect()
}

/// Puts the mark in the place of the pieces, once for those that touch or overlap.
fn without(text: &str, mut pieces: Vec<Range<usize>>) -> String {
    pieces.sort_unstable_by_key(|piece| piece.start);
    let (mut result, mut end, mut is_first) = (String::with_capacity(text.len()), 0, true);
    for piece in pieces {
        if is_first || piece.start > end {
            result.push_str(&text[end..piece.start]);
            result.push_str(HIDDEN);
            is_first = false;
        }
        end = end.max(piece.end);
    }
    result.push_str(&text[end..]);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_that_holds_a_secret_is_hidden() {
        for key in [
            "ssl.key.pem",
            "ssl.key.password",
            "ssl.keystore.password",
            "sasl.username",
            "sasl.password",
            "sasl.kerberos.kinit.cmd",
            "sasl.oauthbearer.config",
            "sasl.oauthbearer.client.secret",
            "sasl.oauthbearer.client.credentials.client.secret",
            "sasl.oauthbearer.assertion.private.key.passphrase",
            "sasl.oauthbearer.assertion.private.key.pem",
            // Other clients' keys and slips of the pen, which librdkafka refuses.
            "sasl.jaas.config",
            "ssl.truststore.password",
            "SASL.PASSWORD",
            "sasl.passwd",
        ] {
            assert_eq!(shown(key, "hunter2"), HIDDEN, "{key}");
        }
    }

    #[test]
    fn a_key_that_only_sounds_like_a_secret_is_shown() {
        for key in [
            "ssl.key.location",
            "ssl.certificate.pem",
            "ssl.certificate.location",
            "ssl.ca.pem",
            "https.ca.pem",
            "ssl.keystore.location",
            "sasl.kerberos.keytab",
            "sasl.oauthbearer.client.id",
            "sasl.oauthbearer.client.credentials.client.id",
            "sasl.oauthbearer.token.endpoint.url",
            "sasl.oauthbearer.assertion.private.key.file",
            "sasl.oauthbearer.assertion.file",
            "sasl.mechanism",
            "bootstrap.servers",
        ] {
            assert_eq!(shown(key, "value"), "value", "{key}");
        }
    }

    fn blotted(secret: &str, text: &str) -> String {
        Secrets::of(&Config::new().set("sasl.password", secret)).blot(text.to_owned())
    }

    #[test]
    fn a_secret_is_blotted_out_whole_and_in_pieces() {
        for (secret, text, expected) in [
            ("hunter2", "no \"hunter2\" here", "no \"[hidden]\" here"),
            (" hunter2 ", "hunter2", HIDDEN),
            ("hunter2", "hunter2hunter2!", "[hidden]!"),
            ("principal=me secret=hunter2", "beginning at >secret=hunter2", "beginning at >[hidden]"),
            ("a secret cut off at the end", "reason: a secret cu", "reason: [hidden]"),
            ("schlüsselwörter", "»schlüsselwörter«", "»[hidden]«"),
            ("🗝🗝🗝🗝🗝🗝🗝🗝🗝", "x🗝🗝🗝🗝🗝🗝🗝🗝🗝y", "x[hidden]y"),
            ("tree", "a tree", "a [hidden]"),
            ("hunter2", "hunt", "hunt"),
            ("orders-2-reader", "orders is not there", "orders is not there"),
            ("", "nothing to hide", "nothing to hide"),
            ("hunter2", "", ""),
        ] {
            assert_eq!(blotted(secret, text), expected);
        }
        assert!(!blotted("xyz", "it is xyz").contains("xyz"));
        assert_eq!(
            Secrets::of(&Config::new().set("sasl.username", "orders")).blot("orders".into()),
            "orders"
        );
    }
}
