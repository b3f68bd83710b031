//! The settings that all clients start with.

use klamm_core::Config;

/// Lets librdkafka fetch everything ahead, and keeps it from doing anything beside reading.
const SETTINGS: [(&str, &str); 9] = [
    ("enable.auto.commit", "false"),
    ("enable.auto.offset.store", "false"),
    ("queued.min.messages", "10000000"),
    ("queued.max.messages.kbytes", "2097151"),
    ("fetch.wait.max.ms", "10"),
    ("fetch.message.max.bytes", "10000000"),
    ("fetch.max.bytes", "100000000"),
    ("receive.message.max.bytes", "200000000"),
    ("check.crcs", "false"),
];

/// Completes a cluster's own settings.
pub(crate) fn complete(config: Config) -> Config {
    SETTINGS.iter().fold(config, |config, (key, value)| config.set(*key, value))
}
