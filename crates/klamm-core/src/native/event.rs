//! What arrives on a queue that is read as events.

use std::{
    ffi::{c_char, c_int},
    ptr::{self, NonNull},
};

use super::client::{Client, ClientEvent};
use super::deliveries::Deliveries;
use super::group::CommitToken;
use super::ledger::{
    RD_KAFKA_EVENT_DR, RD_KAFKA_EVENT_ERROR, RD_KAFKA_EVENT_LOG, RD_KAFKA_EVENT_OAUTHBEARER_TOKEN_REFRESH,
    RD_KAFKA_EVENT_OFFSET_COMMIT, RD_KAFKA_EVENT_REBALANCE, RD_KAFKA_EVENT_STATS, rd_kafka_event_destroy,
    rd_kafka_event_error, rd_kafka_event_error_is_fatal, rd_kafka_event_error_string, rd_kafka_event_log,
    rd_kafka_event_opaque, rd_kafka_event_stats, rd_kafka_event_t, rd_kafka_event_topic_partition,
    rd_kafka_event_topic_partition_list, rd_kafka_event_type, rd_kafka_topic_partition_destroy,
};
use super::oauth::TokenRefresh;
use super::partition_list::{read, read_element};
use super::text::copied;
use crate::{ErrorCode, TopicPartition, TopicPartitionList, logs::LogLine};

/// What arrives on a queue that is read as events, copied out of librdkafka.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// The group wants the assignment changed, and waits for the answer.
    Rebalance(Rebalance),
    /// A commit was answered.
    Commit {
        /// What the commit was sent with.
        token: CommitToken,
        /// What went wrong with the whole request.
        error: Option<ErrorCode>,
        /// Each partition with its own error.
        partitions: TopicPartitionList,
    },
    /// Something went wrong that is no answer.
    Error(ClientEvent),
    /// librdkafka logs.
    Log(LogLine),
    /// Statistics, as JSON that `Statistics::parse` reads.
    Statistics(String),
    /// A token is wanted, and an answer waited for.
    TokenRefresh(TokenRefresh),
    /// Records were delivered, or failed for good.
    Deliveries(Deliveries),
    /// Something this release has no use for, and freed. A message that arrives here is freed unopened, so that its
    /// offset counts as not seen.
    Other,
}

/// A change of the assignment that the group wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebalance {
    /// What is to be done.
    pub kind: RebalanceKind,
    /// With which partitions.
    pub partitions: TopicPartitionList,
}

/// What a rebalance wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RebalanceKind {
    /// Take these partitions.
    Assign,
    /// Give these partitions up.
    Revoke,
    /// The rebalance failed; give everything up.
    Failed(ErrorCode),
}

/// An event of librdkafka's, freed when dropped.
pub(super) struct NativeEvent(NonNull<rd_kafka_event_t>);

// SAFETY: N4, an event belongs to whoever holds it.
unsafe impl Send for NativeEvent {}

impl NativeEvent {
    /// Takes an event.
    ///
    /// # Safety
    ///
    /// * `event` was returned by `rd_kafka_queue_poll` and nobody else frees it.
    pub(super) unsafe fn take(event: NonNull<rd_kafka_event_t>) -> Self {
        Self(event)
    }

    pub(super) fn as_ptr(&self) -> *mut rd_kafka_event_t {
        self.0.as_ptr()
    }
}

impl Drop for NativeEvent {
    fn drop(&mut self) {
        // SAFETY: ours (N3).
        unsafe { rd_kafka_event_destroy(self.0.as_ptr()) };
    }
}

impl Event {
    /// Copies what an event says, and frees it.
    ///
    /// # Safety
    ///
    /// * `event` was returned by `rd_kafka_queue_poll` and nobody else frees it.
    /// * It came from a queue of `client`.
    pub(super) unsafe fn take(event: NonNull<rd_kafka_event_t>, client: &Client) -> Self {
        // SAFETY: what the caller promises is what is asked for.
        let event = unsafe { NativeEvent::take(event) };
        // SAFETY: live until dropped.
        match unsafe { rd_kafka_event_type(event.as_ptr()) } {
            RD_KAFKA_EVENT_REBALANCE => Self::Rebalance(rebalance(&event)),
            RD_KAFKA_EVENT_OFFSET_COMMIT => commit(&event),
            RD_KAFKA_EVENT_ERROR => Self::Error(error(&event, client)),
            RD_KAFKA_EVENT_LOG => Self::Log(log(&event)),
            RD_KAFKA_EVENT_STATS => Self::Statistics(statistics(&event)),
            RD_KAFKA_EVENT_OAUTHBEARER_TOKEN_REFRESH => Self::TokenRefresh(TokenRefresh::of(&event, client)),
            RD_KAFKA_EVENT_DR => Self::Deliveries(Deliveries::of(event, client.clone())),
            _ => Self::Other,
        }
    }
}

fn code(event: &NativeEvent) -> Option<ErrorCode> {
    // SAFETY: the event is live.
    ErrorCode::check(unsafe { rd_kafka_event_error(event.as_ptr()) })
}

fn partitions(event: &NativeEvent) -> TopicPartitionList {
    // SAFETY: the event is live.
    let list = unsafe { rd_kafka_event_topic_partition_list(event.as_ptr()) };
    // SAFETY: null, or a list that lives as long as the event and that only we look at.
    unsafe { read(list) }
}

fn rebalance(event: &NativeEvent) -> Rebalance {
    let kind = match code(event) {
        Some(ErrorCode::ASSIGN_PARTITIONS) => RebalanceKind::Assign,
        Some(ErrorCode::REVOKE_PARTITIONS) => RebalanceKind::Revoke,
        other => RebalanceKind::Failed(other.unwrap_or(ErrorCode::NONE)),
    };
    Rebalance { kind, partitions: partitions(event) }
}

fn commit(event: &NativeEvent) -> Event {
    // SAFETY: the event is live, and a commit's opaque is the number it was sent with.
    let opaque = unsafe { rd_kafka_event_opaque(event.as_ptr()) };
    Event::Commit {
        token: CommitToken::from_opaque(opaque),
        error: code(event),
        partitions: partitions(event),
    }
}

fn error(event: &NativeEvent, client: &Client) -> ClientEvent {
    let code = code(event).unwrap_or(ErrorCode::NONE);
    // SAFETY: the event is live.
    let reason = unsafe { rd_kafka_event_error_string(event.as_ptr()) };
    // SAFETY: the string belongs to the event (N9).
    let reason = client.blot(code, unsafe { copied(reason) });
    // SAFETY: the event is live and an error, for which alone this call is defined.
    let is_fatal = unsafe { rd_kafka_event_error_is_fatal(event.as_ptr()) } != 0;
    ClientEvent { code, reason, is_fatal: is_fatal || code == ErrorCode::FATAL, partition: partition(event) }
}

fn partition(event: &NativeEvent) -> Option<(TopicPartition, i64)> {
    // SAFETY: the event is live.
    let element = NonNull::new(unsafe { rd_kafka_event_topic_partition(event.as_ptr()) })?;
    // SAFETY: made for us by the call above.
    let raw_offset = unsafe { (*element.as_ptr()).offset };
    // SAFETY: as above.
    let entry = unsafe { read_element(element.as_ptr()) };
    // SAFETY: ours to free (N3).
    unsafe { rd_kafka_topic_partition_destroy(element.as_ptr()) };
    Some((entry.partition, raw_offset))
}

fn log(event: &NativeEvent) -> LogLine {
    let (mut facility, mut text): (*const c_char, *const c_char) = (ptr::null(), ptr::null());
    let mut level: c_int = 0;
    // SAFETY: the event is live; the three targets are ours.
    unsafe { rd_kafka_event_log(event.as_ptr(), &raw mut facility, &raw mut text, &raw mut level) };
    // SAFETY: null, or a string that belongs to the event (N9).
    let facility = unsafe { copied(facility) };
    // SAFETY: as above.
    LogLine { level, facility, text: unsafe { copied(text) } }
}

fn statistics(event: &NativeEvent) -> String {
    // SAFETY: the event is live.
    let text = unsafe { rd_kafka_event_stats(event.as_ptr()) };
    // SAFETY: the string belongs to the event (N9).
    unsafe { copied(text) }
}
