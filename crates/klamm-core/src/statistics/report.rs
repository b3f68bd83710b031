//! A report: what is said of the whole client.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Broker, ConsumerGroup, Eos, Fatal, Topic};

/// A client's report on itself. Totals count from the client's start.
///
/// librdkafka takes the numbers one after another while its threads go on, so a total may differ from the sum of its
/// parts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Statistics {
    /// The client's name: its `client.id`, `#`, its type and a number.
    pub name: String,
    /// Its `client.id`.
    pub client_id: String,
    /// Its type: `producer` or `consumer`.
    #[serde(rename = "type")]
    pub client_type: String,
    /// librdkafka's monotonic clock, in µs.
    pub ts: u64,
    /// The time in seconds since 1970.
    pub time: u64,
    /// How long the client has been there, in µs.
    pub age: u64,
    /// Events that wait in the main queue for the application.
    pub replyq: u64,
    /// Messages that a producer holds.
    pub msg_cnt: u64,
    /// Their size, in bytes.
    pub msg_size: u64,
    /// How many messages a producer may hold (`queue.buffering.max.messages`).
    pub msg_max: u64,
    /// How many bytes a producer may hold (`queue.buffering.max.kbytes`).
    pub msg_size_max: u64,
    /// Total of requests sent.
    pub tx: u64,
    /// Total of bytes sent.
    pub tx_bytes: u64,
    /// Total of responses received.
    pub rx: u64,
    /// Total of bytes received.
    pub rx_bytes: u64,
    /// Total of messages sent.
    pub txmsgs: u64,
    /// Total of their bytes, framing included.
    pub txmsg_bytes: u64,
    /// Total of messages consumed; those that were ignored, because of their offset for example, do not count.
    pub rxmsgs: u64,
    /// Total of their bytes, framing included.
    pub rxmsg_bytes: u64,
    /// Uses of librdkafka's legacy consumer API; negative if it is ruled out.
    pub simple_cnt: i64,
    /// Topics in the metadata cache.
    pub metadata_cache_cnt: u64,
    /// The brokers, by name. Bootstrap addresses and the group's coordinator have an entry of their own.
    pub brokers: BTreeMap<String, Broker>,
    /// The topics that the client has to do with, by name.
    pub topics: BTreeMap<String, Topic>,
    /// The consumer group, where there is one.
    #[serde(rename = "cgrp", skip_serializing_if = "Option::is_none")]
    pub group: Option<ConsumerGroup>,
    /// The idempotent producer, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eos: Option<Eos>,
    /// The error that made the client useless, where one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fatal: Option<Fatal>,
}

impl Statistics {
    /// Sums the [lag](super::Partition::lag) of the partitions that the application wants, or `None` if none is known.
    ///
    /// A partition that nothing was committed for has no lag that is known, and is left out. So is one that was given up,
    /// whose numbers are no longer brought up to date.
    ///
    /// ```
    /// # #[cfg(feature = "statistics")] {
    /// use klamm_core::statistics::Statistics;
    ///
    /// let report = r#"{ "topics": { "orders": { "partitions": {
    ///     "0": { "desired": true, "hi_offset": 60, "committed_offset": 20, "consumer_lag": 40 },
    ///     "1": { "desired": true, "hi_offset": 7, "committed_offset": 5, "consumer_lag": 2 },
    ///     "2": { "desired": true, "hi_offset": 9, "committed_offset": -1001, "consumer_lag": -1 } } } } }"#;
    /// assert_eq!(Statistics::parse(report)?.consumer_lag(), Some(42));
    /// # }
    /// # #[cfg(feature = "statistics")]
    /// # Ok::<(), klamm_core::statistics::StatisticsError>(())
    /// ```
    pub fn consumer_lag(&self) -> Option<u64> {
        let partitions = self.topics.values().flat_map(|topic| topic.partitions.values());
        let lags = partitions.filter(|partition| partition.desired).filter_map(super::Partition::lag);
        lags.reduce(u64::saturating_add)
    }
}
