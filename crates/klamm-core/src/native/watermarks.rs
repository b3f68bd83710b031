//! The ends of a partition's log: as a broker says now, and as the last fetch said.

use std::{ffi::CString, time::Duration};

use super::client::Client;
use super::code::check;
use super::ledger::{rd_kafka_get_watermark_offsets, rd_kafka_query_watermark_offsets};
use super::text::{c_string, invalid, timeout_ms};
use crate::{Error, TopicPartition, Watermarks};

impl Client {
    /// Returns the first offset of a partition's log and the one after its last; waits for the broker, up to `timeout`
    /// (`rd_kafka_query_watermark_offsets`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operation`](crate::ErrorKind::Operation) with `_TIMED_OUT` if there was no answer in time, with
    /// `_UNKNOWN_PARTITION` if the topic has no such partition, with `_INVALID_ARG` if nothing can be one of that name: the
    /// number is negative, the topic's name is empty or holds NUL.
    pub fn watermarks(&self, partition: &TopicPartition, timeout: Duration) -> Result<Watermarks, Error> {
        const OPERATION: &str = "rd_kafka_query_watermark_offsets";
        let topic = topic_of(OPERATION, partition)?;
        let (mut low, mut high) = (0, 0);
        // SAFETY: the handle is live (N1); the name ends with NUL and is copied; both targets are ours.
        let code = unsafe {
            rd_kafka_query_watermark_offsets(
                self.as_ptr(),
                topic.as_ptr(),
                partition.partition,
                &raw mut low,
                &raw mut high,
                timeout_ms(Some(timeout)),
            )
        };
        check(OPERATION, code)?;
        Ok(Watermarks { low, high })
    }

    /// Returns the ends of a partition's log as the last fetch from it said; asks no broker and does not wait
    /// (`rd_kafka_get_watermark_offsets`). `None` if nothing was fetched from it yet.
    ///
    /// What it says of a partition that is assigned no longer is as old as its last fetch. To be asked of partitions that
    /// are or were assigned: librdkafka takes every other one as wanted from then on, and reports errors of it.
    pub fn cached_watermarks(&self, partition: &TopicPartition) -> Option<Watermarks> {
        const OPERATION: &str = "rd_kafka_get_watermark_offsets";
        let topic = topic_of(OPERATION, partition).ok()?;
        let (mut low, mut high) = (0, 0);
        // SAFETY: the handle is live (N1); the name ends with NUL and is copied; both targets are ours.
        let code = unsafe {
            rd_kafka_get_watermark_offsets(
                self.as_ptr(),
                topic.as_ptr(),
                partition.partition,
                &raw mut low,
                &raw mut high,
            )
        };
        check(OPERATION, code).ok()?;
        // Either is `RD_KAFKA_OFFSET_INVALID` until it is known.
        (low >= 0 && high >= 0).then_some(Watermarks { low, high })
    }
}

/// Returns the name of a partition's topic, if both can be what they say.
fn topic_of(operation: &'static str, partition: &TopicPartition) -> Result<CString, Error> {
    if partition.topic.is_empty() {
        return Err(invalid(operation, "a topic's name is empty".to_owned()));
    }
    if partition.partition < 0 {
        return Err(invalid(operation, format!("{partition} is no partition: it is negative")));
    }
    c_string(operation, &partition.topic)
}
