//! What can go wrong on librdkafka's in-process cluster, at a test's will.

use std::ffi::c_int;

use super::code::check;
use super::ledger::{
    rd_kafka_mock_clear_request_errors, rd_kafka_mock_partition_set_follower,
    rd_kafka_mock_partition_set_follower_wmarks, rd_kafka_mock_push_request_errors_array,
    rd_kafka_mock_topic_set_error,
};
use super::mock::MockBroker;
use super::text::{c_string, invalid};
use crate::{Error, ErrorCode};

/// A kind of request, by its number in Kafka's protocol. Named are those that the mock cluster fails when told to; it
/// answers `Metadata` whatever it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ApiKey(pub i16);

impl ApiKey {
    /// Writing records.
    pub const PRODUCE: Self = Self(0);
    /// Reading records.
    pub const FETCH: Self = Self(1);
    /// Asking for the ends of a log, or for an offset by time.
    pub const LIST_OFFSETS: Self = Self(2);
    /// Committing.
    pub const OFFSET_COMMIT: Self = Self(8);
    /// Asking for what is committed.
    pub const OFFSET_FETCH: Self = Self(9);
    /// Asking which broker coordinates a group or a transaction.
    pub const FIND_COORDINATOR: Self = Self(10);
    /// Joining a classic group.
    pub const JOIN_GROUP: Self = Self(11);
    /// Reporting to a classic group.
    pub const HEARTBEAT: Self = Self(12);
    /// Leaving a classic group.
    pub const LEAVE_GROUP: Self = Self(13);
    /// Being assigned partitions by a classic group.
    pub const SYNC_GROUP: Self = Self(14);
    /// Asking what a broker can do, the first request of a connection.
    pub const API_VERSIONS: Self = Self(18);
    /// Starting an idempotent or transactional producer.
    pub const INIT_PRODUCER_ID: Self = Self(22);
    /// Asking where the log of a leader epoch ends.
    pub const OFFSET_FOR_LEADER_EPOCH: Self = Self(23);
    /// Having a transaction write to partitions.
    pub const ADD_PARTITIONS_TO_TXN: Self = Self(24);
    /// Having a transaction commit for a group.
    pub const ADD_OFFSETS_TO_TXN: Self = Self(25);
    /// Committing or aborting a transaction.
    pub const END_TXN: Self = Self(26);
    /// Committing for a group within a transaction.
    pub const TXN_OFFSET_COMMIT: Self = Self(28);
    /// Joining a group of the new protocol, reporting to it and leaving it.
    pub const CONSUMER_GROUP_HEARTBEAT: Self = Self(68);
}

impl MockBroker {
    /// Fails the next requests of a kind, each with the next of `codes` (`rd_kafka_mock_push_request_errors_array`). What
    /// was told before comes first; [`ErrorCode::TRANSPORT`] breaks the connection instead of answering.
    pub fn push_request_errors(&self, api_key: ApiKey, codes: &[ErrorCode]) {
        let codes: Vec<c_int> = codes.iter().map(|code| code.to_raw()).collect();
        // SAFETY: the cluster is ours; so many codes are copied.
        unsafe {
            rd_kafka_mock_push_request_errors_array(self.as_ptr(), api_key.0, codes.len(), codes.as_ptr());
        }
    }

    /// Fails requests of a kind no more (`rd_kafka_mock_clear_request_errors`).
    pub fn clear_request_errors(&self, api_key: ApiKey) {
        // SAFETY: the cluster is ours.
        unsafe { rd_kafka_mock_clear_request_errors(self.as_ptr(), api_key.0) };
    }

    /// Says an error of a topic wherever the topic is told of, or none any more (`rd_kafka_mock_topic_set_error`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operation`](crate::ErrorKind::Operation) if the name cannot be a topic's.
    pub fn set_topic_error(&self, topic: &str, code: Option<ErrorCode>) -> Result<(), Error> {
        const OPERATION: &str = "rd_kafka_mock_topic_set_error";
        if topic.is_empty() {
            return Err(invalid(OPERATION, "a topic's name is empty".to_owned()));
        }
        let topic = c_string(OPERATION, topic)?;
        // SAFETY: the cluster is ours; the name ends with NUL and is copied.
        unsafe {
            rd_kafka_mock_topic_set_error(self.as_ptr(), topic.as_ptr(), code.map_or(0, ErrorCode::to_raw));
        }
        Ok(())
    }

    /// Has a partition read from another broker than its leader, or from the leader again
    /// (`rd_kafka_mock_partition_set_follower`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operation`](crate::ErrorKind::Operation) if there is no such partition.
    pub fn set_follower(&self, topic: &str, partition: i32, broker: Option<i32>) -> Result<(), Error> {
        const OPERATION: &str = "rd_kafka_mock_partition_set_follower";
        let topic = c_string(OPERATION, topic)?;
        let broker = broker.unwrap_or(-1);
        // SAFETY: the cluster is ours; the name ends with NUL and is copied.
        let code =
            unsafe { rd_kafka_mock_partition_set_follower(self.as_ptr(), topic.as_ptr(), partition, broker) };
        check(OPERATION, code as c_int)
    }

    /// Sets where a partition's log begins and ends on its follower; `None` is as on the leader
    /// (`rd_kafka_mock_partition_set_follower_wmarks`).
    ///
    /// # Errors
    ///
    /// As [`MockBroker::set_follower`].
    pub fn set_follower_watermarks(
        &self,
        topic: &str,
        partition: i32,
        low: Option<i64>,
        high: Option<i64>,
    ) -> Result<(), Error> {
        const OPERATION: &str = "rd_kafka_mock_partition_set_follower_wmarks";
        let topic = c_string(OPERATION, topic)?;
        let (low, high) = (low.unwrap_or(-1), high.unwrap_or(-1));
        // SAFETY: the cluster is ours; the name ends with NUL and is copied.
        let code = unsafe {
            rd_kafka_mock_partition_set_follower_wmarks(self.as_ptr(), topic.as_ptr(), partition, low, high)
        };
        check(OPERATION, code as c_int)
    }
}
