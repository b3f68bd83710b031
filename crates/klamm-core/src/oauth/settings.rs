//! Who makes a client's tokens, by its settings.

use crate::{Config, ConfigError, config::truth};

const PROTOCOL: &str = "security.protocol";
const MECHANISM: &str = "sasl.mechanisms";
const OAUTHBEARER: &str = "OAUTHBEARER";
const METHOD: &str = "sasl.oauthbearer.method";
const UNSECURED: &str = "enable.sasl.oauthbearer.unsecure.jwt";

/// Refuses settings with which nobody would make tokens, or with which the provider would never be asked: librdkafka
/// accepts both, and never connects or never asks.
pub(super) fn check(config: &Config, has_provider: bool) -> Result<(), ConfigError> {
    const NOBODY: &str = "nobody would make its tokens: give the builder a token provider, or set \
                          `sasl.oauthbearer.method=oidc`, or in development `enable.sasl.oauthbearer.unsecure.jwt=true`";
    const ANOTHER: &str = "librdkafka would make the tokens, and the token provider would never be asked";
    if !has_provider {
        let is_made = !is_used(config) || is_made_by_oidc(config) || is_made_unsecured(config);
        return if is_made { Ok(()) } else { unfit(MECHANISM, mechanism(config), NOBODY) };
    }
    if mechanism(config) != Some(OAUTHBEARER) {
        unfit(MECHANISM, mechanism(config), "a token provider is only asked with `OAUTHBEARER`")
    } else if !is_sasl(config) {
        let reason = "a token provider is only asked with `sasl_ssl` or `sasl_plaintext`";
        unfit(PROTOCOL, config.get(PROTOCOL), reason)
    } else if is_made_by_oidc(config) {
        unfit(METHOD, config.get(METHOD), ANOTHER)
    } else if is_made_unsecured(config) {
        unfit(UNSECURED, config.get(UNSECURED), ANOTHER)
    } else {
        Ok(())
    }
}

fn unfit(key: &'static str, value: Option<&str>, reason: &'static str) -> Result<(), ConfigError> {
    Err(match value {
        Some(value) => ConfigError::Refused { key, value: value.to_owned(), reason },
        None => ConfigError::Missing { key, reason },
    })
}

/// Tells whether librdkafka makes the client's tokens, for development only (`rd_kafka_oauthbearer_unsecured_token`).
pub(crate) fn is_made_unsecured(config: &Config) -> bool {
    is_used(config) && config.get(UNSECURED).and_then(truth) == Some(true)
}

fn is_made_by_oidc(config: &Config) -> bool {
    config.get(METHOD).is_some_and(|method| method.eq_ignore_ascii_case("oidc"))
}

/// Tells whether the client needs tokens.
fn is_used(config: &Config) -> bool {
    is_sasl(config) && mechanism(config) == Some(OAUTHBEARER)
}

fn is_sasl(config: &Config) -> bool {
    let protocol = config.get(PROTOCOL).unwrap_or_default();
    ["sasl_ssl", "sasl_plaintext"].iter().any(|sasl| protocol.eq_ignore_ascii_case(sasl))
}

/// Of the two names of the setting librdkafka is given the longer one last.
fn mechanism(config: &Config) -> Option<&str> {
    config.get(MECHANISM).or_else(|| config.get("sasl.mechanism"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(settings: &[(&str, &str)]) -> Config {
        settings.iter().copied().collect()
    }

    const SASL: (&str, &str) = ("security.protocol", "SASL_SSL");
    const OAUTH: (&str, &str) = ("sasl.mechanism", "OAUTHBEARER");

    #[test]
    fn somebody_makes_the_tokens() {
        let unsecured = |value| config(&[SASL, OAUTH, (UNSECURED, value)]);
        for (config, has_provider) in [
            (config(&[]), false),
            (config(&[OAUTH]), false),
            (config(&[SASL, ("sasl.mechanisms", "PLAIN")]), false),
            (config(&[SASL, OAUTH, (METHOD, "oidc")]), false),
            (unsecured("true"), false),
            (config(&[SASL, OAUTH]), true),
            (config(&[("security.protocol", "sasl_plaintext"), ("sasl.mechanisms", "OAUTHBEARER")]), true),
            (unsecured("false"), true),
        ] {
            assert_eq!(check(&config, has_provider), Ok(()), "{config:?}");
        }
    }

    #[test]
    fn who_would_never_be_asked_is_refused_by_name() {
        for (config, has_provider, key) in [
            (config(&[SASL, OAUTH]), false, MECHANISM),
            (config(&[SASL, OAUTH, (UNSECURED, "0")]), false, MECHANISM),
            (config(&[SASL, OAUTH, (METHOD, "default")]), false, MECHANISM),
            (config(&[]), true, MECHANISM),
            (config(&[SASL, ("sasl.mechanisms", "PLAIN")]), true, MECHANISM),
            (config(&[OAUTH]), true, PROTOCOL),
            (config(&[OAUTH, ("security.protocol", "ssl")]), true, PROTOCOL),
            (config(&[SASL, OAUTH, (METHOD, "OIDC")]), true, METHOD),
            (config(&[SASL, OAUTH, (UNSECURED, "t")]), true, UNSECURED),
        ] {
            let error = check(&config, has_provider).unwrap_err();
            assert!(error.to_string().starts_with(&format!("`{key}`")), "{config:?}: {error}");
        }
    }
}
