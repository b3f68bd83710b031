//! Which settings are secret.

/// Returns a value as it may be shown.
pub(super) fn shown<'a>(key: &str, value: &'a str) -> &'a str {
    const SECRET: [&str; 4] = ["password", "secret", "key.pem", "token"];
    // `sasl.oauthbearer.config` and `sasl.jaas.config` carry credentials among other things.
    const WHOLE: [&str; 3] = ["sasl.oauthbearer.config", "sasl.jaas.config", "sasl.username"];
    if WHOLE.contains(&key) || SECRET.iter().any(|word| key.contains(word)) { "[hidden]" } else { value }
}
