//! Settings, as lines of `key=value`: what is set, what is forced, and what librdkafka makes of it.

use klamm_core::{
    Config, ConfigError,
    config::{CONSUMER_FORCED, PRODUCER_FORCED},
};

/// Loads the libraries that its value names, so it is kept from arbitrary names.
const LOADS_CODE: &str = "plugin.library.paths";
/// Longer than what chance puts into an input.
const SECRET: &str = "0d2f6c1b9e7a4835";

pub(super) fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    // As it is shown too: an escape's last digit may complete it.
    let holds_secret = text.contains(SECRET) || format!("{text:?}").contains(SECRET);
    if text.contains(LOADS_CODE) || holds_secret {
        return;
    }
    let settings = text.lines().map(|line| line.split_once('=').unwrap_or((line, "")));
    let settings = settings.filter(|(key, _)| *key != "sasl.password").collect::<Vec<_>>();
    let config = settings.iter().copied().collect::<Config>().set("sasl.password", SECRET);
    for (key, _) in &settings {
        let last = settings.iter().rev().find(|(other, _)| other == key);
        assert_eq!(config.get(key), last.map(|(_, value)| *value), "{key}");
    }
    assert!(!format!("{config:?}").contains(SECRET), "a secret is shown");

    refused_by_name(&config);
    for forced in [CONSUMER_FORCED, PRODUCER_FORCED] {
        match config.clone().force(forced) {
            Ok(config) => {
                let written = forced.iter().filter(|setting| setting.is_written);
                written.for_each(|setting| assert_eq!(config.get(setting.key), Some(setting.value)));
            }
            Err(error) => {
                assert!(matches!(error, ConfigError::Refused { key, .. } if config.get(key).is_some()));
            }
        }
    }
}

/// Checks that an error, if there is one, names a key that was set, and no secret.
fn refused_by_name(config: &Config) {
    let Err(error) = config.validate() else { return };
    assert!(!format!("{error} {error:?}").contains(SECRET), "a secret is shown");
    match error {
        ConfigError::UnknownKey { key, .. } | ConfigError::InvalidValue { key, .. } => {
            let is_set = config.iter().any(|(set, _)| set == key || set.escape_debug().to_string() == key);
            assert!(is_set, "{key} was not set");
        }
        other => panic!("not an answer of librdkafka's: {other}"),
    }
}
