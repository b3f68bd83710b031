//! Setters for logs and statistics.

use std::time::Duration;

use super::{
    setter::setters,
    values::{DebugContext, LogLevel, joined},
};
use crate::Config;

setters! {
    /// Sets how often librdkafka gives statistics, to the second; zero is never.
    statistics_interval(interval: Duration)
        "statistics.interval.ms", "default 0, to 1 day";

    /// Sets how much librdkafka logs.
    log_level(level: LogLevel)
        "log_level", "default 6 (info), from 0 to 7";
}

impl Config {
    /// Sets what librdkafka logs the details of.
    ///
    /// librdkafka's [`debug`](https://github.com/confluentinc/librdkafka/blob/v2.12.1/CONFIGURATION.md): none by default.
    pub fn debug(self, contexts: impl IntoIterator<Item = DebugContext>) -> Self {
        self.set("debug", joined(contexts))
    }
}
