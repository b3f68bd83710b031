//! From a report's text to its types.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{Statistics, lenient, repair::repair};

/// A text that is no report of librdkafka's.
///
/// [`line`](Self::line) and [`column`](Self::column) say where it first stops being one, and `source()` says why.
#[derive(Clone, Debug, thiserror::Error)]
#[error("not a report of librdkafka's statistics: line {}, column {}", .0.line(), .0.column())]
pub struct StatisticsError(#[source] Arc<serde_json::Error>);

impl StatisticsError {
    /// Returns the line, from 1.
    pub fn line(&self) -> usize {
        self.0.line()
    }

    /// Returns the column, from 1 and in bytes; 0 where the line has none yet.
    pub fn column(&self) -> usize {
        self.0.column()
    }
}

impl Statistics {
    /// Reads a report as librdkafka prints it.
    ///
    /// librdkafka escapes nothing, and prints counters that several threads write without looking whether they make
    /// sense (`rd_kafka_stats_emit_all` of 2.12.1). So what is not JSON is read as it was meant: quotes, backslashes and
    /// control characters in a name belong to it, and a number may have leading zeros. A number that does not fit its
    /// type becomes the nearest that does, a negative count 0; what is no number has the value of `Default`. Such a
    /// report costs several times the time of a sound one.
    ///
    /// Reports that were serialized from these types have escapes; `serde_json` reads them.
    ///
    /// # Errors
    ///
    /// [`StatisticsError`] if the text is not an object, or breaks off.
    pub fn parse(json: &str) -> Result<Self, StatisticsError> {
        // JSON would take a backslash that belongs to a name for an escape.
        let has_backslash = json.contains('\\');
        // An array would pass for an object with all of its fields left out.
        if !has_backslash && json.trim_start().starts_with('{') {
            if let Ok(statistics) = serde_json::from_str(json) {
                return Ok(statistics);
            }
        }
        let as_it_is = || serde_json::from_str::<Map<String, Value>>(json);
        let repaired = || serde_json::from_str(&repair(json));
        // The repaired text has other columns, so its own error is of no use.
        let object = if has_backslash {
            repaired().or_else(|_| as_it_is())
        } else {
            as_it_is().or_else(|error| repaired().map_err(|_| error))
        };
        object.and_then(lenient::read).map_err(|error| StatisticsError(Arc::new(error)))
    }
}
