//! Settings as the user gives them.

use std::{collections::BTreeMap, fmt};

use super::{keys::Forced, secret};
use crate::{ConfigError, native};

/// A client's settings, under librdkafka's own keys.
///
/// All [properties of librdkafka](https://github.com/confluentinc/librdkafka/blob/v2.12.1/CONFIGURATION.md) can be set;
/// the keys are checked when a client is built, or by [`validate`](Self::validate). What is set most has a setter of its
/// own. Neither `Debug` nor an error shows a secret.
///
/// A `Duration` is written in milliseconds, rounded up. One that is out of its key's range is refused.
///
/// ```
/// use std::time::Duration;
///
/// use klamm_core::{Config, config::AutoOffsetReset};
///
/// let config = Config::new()
///     .bootstrap_servers("localhost:9092")
///     .group_id("billing")
///     .auto_offset_reset(AutoOffsetReset::Earliest)
///     .max_poll_interval(Duration::from_secs(600))
///     .sasl_password("hunter2")
///     .set("socket.nagle.disable", true);
/// config.validate()?;
/// assert!(!format!("{config:?}").contains("hunter2"));
/// # Ok::<_, klamm_core::ConfigError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct Config {
    settings: BTreeMap<String, String>,
}

impl Config {
    /// Starts with librdkafka's defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets any librdkafka property by its key.
    #[expect(clippy::needless_pass_by_value, reason = "numbers and booleans are given as they are")]
    pub fn set(mut self, key: impl Into<String>, value: impl ToString) -> Self {
        self.settings.insert(key.into(), value.to_string());
        self
    }

    /// Sets a property unless it is set already.
    #[expect(clippy::needless_pass_by_value, reason = "numbers and booleans are given as they are")]
    pub fn set_default(mut self, key: &str, value: impl ToString) -> Self {
        if !self.settings.contains_key(key) {
            self.settings.insert(key.to_owned(), value.to_string());
        }
        self
    }

    /// Returns what a key was set to, or `None` if it was not set.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.settings.get(key).map(String::as_str)
    }

    /// Returns all settings, in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.settings.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Checks every key and value as librdkafka does when they are set, without starting a client.
    ///
    /// Whether the settings fit each other, and whether the files they name are there, shows only when a client is built.
    /// The libraries that `plugin.library.paths` names are loaded, as they are then.
    ///
    /// # Errors
    ///
    /// [`ConfigError::UnknownKey`] or [`ConfigError::InvalidValue`] for the first setting, in the order of the keys, that is
    /// not accepted.
    pub fn validate(&self) -> Result<(), ConfigError> {
        native::check_config(self)
    }

    /// Puts in the settings that a kind of client cannot work without.
    ///
    /// # Errors
    ///
    /// A setting that contradicts one of them is refused, naming the key and the reason.
    pub fn force(mut self, forced: &[Forced]) -> Result<Self, ConfigError> {
        for setting in forced {
            if let Some(value) = self.get(setting.key).filter(|value| setting.contradicts(value)) {
                return Err(ConfigError::Refused {
                    key: setting.key,
                    value: value.to_owned(),
                    reason: setting.reason,
                });
            }
            if setting.is_written {
                self = self.set(setting.key, setting.value);
            }
        }
        Ok(self)
    }
}

impl<K: Into<String>, V: ToString> FromIterator<(K, V)> for Config {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(settings: I) -> Self {
        settings.into_iter().fold(Self::new(), |config, (key, value)| config.set(key, value))
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter().map(|(key, value)| (key, secret::shown(key, value)))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{CONSUMER_FORCED, PRODUCER_FORCED};

    #[test]
    fn what_would_lose_messages_is_refused_by_name() {
        for (forced, key, value) in [
            (CONSUMER_FORCED, "enable.auto.commit", "true"),
            (CONSUMER_FORCED, "enable.auto.commit", "1"),
            (CONSUMER_FORCED, "auto.commit.enable", "t"),
            (CONSUMER_FORCED, "enable.auto.offset.store", "true"),
            (CONSUMER_FORCED, "enable.partition.eof", "true"),
            (PRODUCER_FORCED, "delivery.report.only.error", "true"),
        ] {
            let error = Config::new().set(key, value).force(forced).unwrap_err();
            assert!(matches!(error, ConfigError::Refused { key: refused, .. } if refused == key), "{error}");
        }
    }

    #[test]
    fn what_agrees_or_is_not_set_is_written() {
        for config in [Config::new(), Config::new().set("enable.auto.commit", "f")] {
            let config = config.force(CONSUMER_FORCED).unwrap();
            assert_eq!(config.get("enable.auto.commit"), Some("false"));
            assert_eq!(config.get("enable.auto.offset.store"), Some("false"));
        }
    }
}
