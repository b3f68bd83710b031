//! Settings that differ from librdkafka's, and why. Each can be set otherwise; `docs/tuning.md` has the same table.

use std::time::Duration;

use klamm_core::{Config, Start};

/// What a consumer starts with unless it is told otherwise.
const CONSUMER: &[(&str, &str)] = &[
    // A partition whose buffer is full is looked at again after this; librdkafka's second is a stall in a quick reader.
    ("fetch.queue.backoff.ms", "20"),
    // Each partition has a queue of its own here, and so a limit of its own: librdkafka's 64 MiB are too much for hundreds.
    ("queued.max.messages.kbytes", "16384"),
    // What was damaged on its way or on a disk is an error, and not delivered.
    ("check.crcs", "true"),
];

/// `max.poll.interval.ms` where it is not set.
const MAX_POLL_INTERVAL: Duration = Duration::from_secs(300);

/// How long a request of the user's may take where no bound is given.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// How long an idle control thread sleeps at least.
pub(crate) const SHORTEST_POLL: Duration = Duration::from_millis(100);

/// The name that stands for no group: nothing joins it, and nothing is committed under it.
pub(crate) const NO_GROUP: &str = "klamm.no-group";

/// Fills in what the user left open.
pub(crate) fn fill(config: Config) -> Config {
    CONSUMER.iter().fold(config, |config, (key, value)| config.set_default(key, value))
}

/// Returns how long a revoke may be held: half of the time after which the group gives a member up.
pub(crate) fn hold_deadline(config: &Config) -> Duration {
    max_poll_interval(config) / 2
}

/// Returns where a partition is read that has no committed offset (`auto.offset.reset`); nothing if that is an error.
pub(crate) fn reset(config: &Config) -> Option<Start> {
    match config.get("auto.offset.reset") {
        Some("smallest" | "earliest" | "beginning") => Some(Start::Earliest),
        Some("error") => None,
        _ => Some(Start::Latest),
    }
}

pub(crate) fn max_poll_interval(config: &Config) -> Duration {
    let interval = config.get("max.poll.interval.ms").and_then(|millis| millis.parse().ok());
    interval.map_or(MAX_POLL_INTERVAL, Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_of_the_users_stays() {
        let config = fill(Config::new().set("fetch.queue.backoff.ms", 5));
        assert_eq!(config.get("fetch.queue.backoff.ms"), Some("5"));
        assert_eq!(fill(Config::new()).get("fetch.queue.backoff.ms"), Some("20"));
    }

    #[test]
    fn the_documentation_has_the_same_table() {
        let text = include_str!("../../../docs/tuning.md");
        let row = |(key, value): &(&str, &str)| format!("| `{key}` | `{value}` |");
        assert_eq!(CONSUMER.iter().map(row).find(|row| !text.contains(row)), None);
        let rows = text.lines().filter(|line| line.starts_with("| `")).count();
        assert_eq!(rows, CONSUMER.len(), "a row too many");
    }

    #[test]
    fn a_hold_lasts_half_the_poll_interval_at_most() {
        assert_eq!(hold_deadline(&Config::new()), Duration::from_secs(150));
        let config = Config::new().set("max.poll.interval.ms", 10_000);
        assert_eq!(hold_deadline(&config), Duration::from_secs(5));
    }
}
