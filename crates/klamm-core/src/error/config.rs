//! Why a configuration was refused.

/// Why a configuration was refused, naming the key and the reason.
///
/// The reason may repeat a value, but never that of a secret key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// librdkafka has no such key, or was built without the feature it belongs to.
    #[error("`{key}`: {reason}")]
    UnknownKey {
        /// The key.
        key: String,
        /// librdkafka's words.
        reason: String,
    },
    /// The key exists, the value does not fit it.
    #[error("`{key}`: {reason}")]
    InvalidValue {
        /// The key.
        key: String,
        /// librdkafka's words.
        reason: String,
    },
    /// The setting would break a guarantee of these crates.
    #[error("`{key}` cannot be set to `{value}`: {reason}")]
    Refused {
        /// The key.
        key: &'static str,
        /// The value.
        value: String,
        /// What would break.
        reason: &'static str,
    },
    /// A setting that the client cannot do without is missing.
    #[error("`{key}` is not set: {reason}")]
    Missing {
        /// The key.
        key: &'static str,
        /// What it is needed for.
        reason: &'static str,
    },
    /// The settings do not fit each other, or the client could not start with them.
    #[error("{reason}")]
    Inconsistent {
        /// librdkafka's words.
        reason: String,
    },
}
