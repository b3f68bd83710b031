//! What a report says of a quantity since the report before.

use serde::{Deserialize, Serialize};

/// The values of a quantity since the last report; the field that holds it names the unit.
///
/// A difference of two clock readings may come out negative, so the values are signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Window {
    /// The smallest value.
    pub min: i64,
    /// The largest value.
    pub max: i64,
    /// The average.
    pub avg: i64,
    /// The sum.
    pub sum: i64,
    /// How many values there were.
    pub cnt: u64,
    /// The standard deviation, by the histogram.
    pub stddev: i64,
    /// The histogram's size in memory, in bytes.
    pub hdrsize: u64,
    /// The median.
    pub p50: i64,
    /// The 75th percentile.
    pub p75: i64,
    /// The 90th percentile.
    pub p90: i64,
    /// The 95th percentile.
    pub p95: i64,
    /// The 99th percentile.
    pub p99: i64,
    /// The 99.99th percentile.
    pub p99_99: i64,
    /// How many values the histogram had no place for.
    pub outofrange: u64,
}
