//! What a consumer asks of its group, and of its partitions.

use std::{ffi::c_void, ptr, time::Duration};

use super::client::Client;
use super::code::{check, check_error};
use super::ledger::{
    rd_kafka_assign, rd_kafka_assignment_lost, rd_kafka_commit_queue, rd_kafka_committed,
    rd_kafka_consumer_close_queue, rd_kafka_consumer_closed, rd_kafka_incremental_assign,
    rd_kafka_incremental_unassign, rd_kafka_offsets_for_times, rd_kafka_position,
    rd_kafka_rebalance_protocol, rd_kafka_seek_partitions, rd_kafka_subscribe, rd_kafka_unsubscribe,
};
use super::partition_list::{NativeList, topics};
use super::queue::EventQueue;
use super::text::{copied, timeout_ms};
use crate::{Error, ErrorCode, PartitionOffset, Position, TopicPartition, TopicPartitionList};

/// Tells the answer of one commit from that of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CommitToken(usize);

impl CommitToken {
    /// Makes a token of a number.
    pub fn new(number: usize) -> Self {
        Self(number)
    }

    /// Librdkafka carries the number as a pointer that nobody follows.
    fn to_opaque(self) -> *mut c_void {
        ptr::without_provenance_mut(self.0)
    }

    pub(super) fn from_opaque(opaque: *mut c_void) -> Self {
        Self(opaque.addr())
    }
}

/// How a group hands partitions over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RebalanceProtocol {
    /// Everything is revoked, then assigned anew.
    Eager,
    /// Only what changes hands is revoked (`cooperative-sticky`, and every group of `group.protocol=consumer`).
    Cooperative,
    /// Not known yet, or no group.
    None,
}

/// What a consumer asks of its group. Those that wait for librdkafka's main thread say so: call them where waiting is
/// allowed.
impl Client {
    /// Subscribes to topics, by name or by a regular expression that starts with `^` (`rd_kafka_subscribe`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operation`](crate::ErrorKind::Operation) if a name cannot be a topic's, or the client has no group.
    pub fn subscribe(&self, names: &[&str]) -> Result<(), Error> {
        const OPERATION: &str = "rd_kafka_subscribe";
        let list = topics(OPERATION, names)?;
        // SAFETY: the handle is live (N1); the list is copied.
        check(OPERATION, unsafe { rd_kafka_subscribe(self.as_ptr(), list.as_ptr()) })
    }

    /// Gives the subscription up; waits for librdkafka's main thread (`rd_kafka_unsubscribe`).
    ///
    /// What is assigned is revoked by an event, as in a rebalance. While that is not answered the client sends no
    /// heartbeats, so the session may end. Without a subscription there is nothing to do, which is no error.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operation`](crate::ErrorKind::Operation) with `_UNKNOWN_GROUP` if the client has no group.
    pub fn unsubscribe(&self) -> Result<(), Error> {
        // SAFETY: the handle is live (N1).
        check("rd_kafka_unsubscribe", unsafe { rd_kafka_unsubscribe(self.as_ptr()) })
    }

    /// Replaces the whole assignment; waits for librdkafka's main thread (`rd_kafka_assign`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operation`](crate::ErrorKind::Operation) if the assignment does not fit the client's state, or the list
    /// cannot be one: a name is empty or holds NUL, a partition is negative or named twice, an offset is not one.
    pub fn assign(&self, partitions: &[PartitionOffset]) -> Result<(), Error> {
        const OPERATION: &str = "rd_kafka_assign";
        let list = NativeList::of(OPERATION, partitions)?;
        // SAFETY: the handle is live (N1); the list is copied.
        check(OPERATION, unsafe { rd_kafka_assign(self.as_ptr(), list.as_ptr()) })
    }

    /// Gives the whole assignment up; waits for librdkafka's main thread (`rd_kafka_assign` with null).
    ///
    /// # Errors
    ///
    /// As [`Client::assign`].
    pub fn unassign(&self) -> Result<(), Error> {
        // SAFETY: the handle is live (N1); null stands for no assignment.
        check("rd_kafka_assign", unsafe { rd_kafka_assign(self.as_ptr(), ptr::null()) })
    }

    /// Adds to the assignment; waits for librdkafka's main thread (`rd_kafka_incremental_assign`).
    ///
    /// # Errors
    ///
    /// As [`Client::assign`].
    pub fn incremental_assign(&self, partitions: &[PartitionOffset]) -> Result<(), Error> {
        const OPERATION: &str = "rd_kafka_incremental_assign";
        let list = NativeList::of(OPERATION, partitions)?;
        // SAFETY: the handle is live (N1); the list is copied.
        let error = unsafe { rd_kafka_incremental_assign(self.as_ptr(), list.as_ptr()) };
        // SAFETY: the error was returned for us to free.
        unsafe { check_error(OPERATION, error) }
    }

    /// Takes from the assignment; waits for librdkafka's main thread (`rd_kafka_incremental_unassign`).
    ///
    /// # Errors
    ///
    /// As [`Client::assign`].
    pub fn incremental_unassign(&self, partitions: &[PartitionOffset]) -> Result<(), Error> {
        const OPERATION: &str = "rd_kafka_incremental_unassign";
        let list = NativeList::of(OPERATION, partitions)?;
        // SAFETY: the handle is live (N1); the list is copied.
        let error = unsafe { rd_kafka_incremental_unassign(self.as_ptr(), list.as_ptr()) };
        // SAFETY: the error was returned for us to free.
        unsafe { check_error(OPERATION, error) }
    }

    /// Returns how the group hands partitions over; waits for librdkafka's main thread (`rd_kafka_rebalance_protocol`).
    pub fn rebalance_protocol(&self) -> RebalanceProtocol {
        // SAFETY: the handle is live (N1).
        let protocol = unsafe { rd_kafka_rebalance_protocol(self.as_ptr()) };
        // SAFETY: null without a group, else a static string.
        match unsafe { copied(protocol) }.as_str() {
            "EAGER" => RebalanceProtocol::Eager,
            "COOPERATIVE" => RebalanceProtocol::Cooperative,
            _ => RebalanceProtocol::None,
        }
    }

    /// Tells, while a revoke is being answered, whether the partitions are lost already (`rd_kafka_assignment_lost`).
    pub fn assignment_lost(&self) -> bool {
        // SAFETY: the handle is live (N1).
        let lost = unsafe { rd_kafka_assignment_lost(self.as_ptr()) };
        lost != 0
    }

    /// Commits positions; the answer arrives on `queue` with `token` (`rd_kafka_commit_queue`).
    ///
    /// The group fences by its generation only, not by who owns a partition: ask only for what is assigned.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operation`](crate::ErrorKind::Operation) if the request could not be made; then there is no answer.
    ///
    /// # Panics
    ///
    /// If the queue is another client's.
    pub fn commit(
        &self,
        positions: &[PartitionOffset],
        queue: &EventQueue,
        token: CommitToken,
    ) -> Result<(), Error> {
        const OPERATION: &str = "rd_kafka_commit_queue";
        assert!(queue.client().is(self), "the queue is another client's");
        let list = NativeList::of_positions(OPERATION, positions)?;
        // SAFETY: the handle is live (N1), and so is the queue (N3); the list is copied; the opaque is a number.
        let code = unsafe {
            rd_kafka_commit_queue(self.as_ptr(), list.as_ptr(), queue.as_ptr(), None, token.to_opaque())
        };
        check(OPERATION, code)
    }

    /// Sets where partitions are read next; waits for librdkafka's main thread, up to `timeout`
    /// (`rd_kafka_seek_partitions`). With a timeout of zero it does not wait, and hears of no error.
    ///
    /// What is queued of them is outdated from here on. Not to be called while one of the partitions is being read.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operation`](crate::ErrorKind::Operation) if a partition is not assigned, or there was no answer in time.
    pub fn seek(&self, partitions: &[PartitionOffset], timeout: Duration) -> Result<(), Error> {
        const OPERATION: &str = "rd_kafka_seek_partitions";
        let list = NativeList::of(OPERATION, partitions)?;
        // SAFETY: the handle is live (N1); the list is ours, and librdkafka writes errors into it.
        let error =
            unsafe { rd_kafka_seek_partitions(self.as_ptr(), list.as_ptr(), timeout_ms(Some(timeout))) };
        // SAFETY: the error was returned for us to free.
        unsafe { check_error(OPERATION, error)? };
        let codes = list.to_list().into_iter().filter_map(|entry| entry.error);
        // What a seek says that nobody waits for.
        let failed = codes.into_iter().find(|code| *code != ErrorCode::IN_PROGRESS);
        failed.map_or(Ok(()), |code| check(OPERATION, code.to_raw()))
    }

    /// Returns what the group has committed; waits for the coordinator, up to `timeout` (`rd_kafka_committed`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operation`](crate::ErrorKind::Operation) with `_TIMED_OUT` if there was no answer in time.
    pub fn committed(
        &self,
        partitions: &[TopicPartition],
        timeout: Duration,
    ) -> Result<TopicPartitionList, Error> {
        const OPERATION: &str = "rd_kafka_committed";
        let asked: TopicPartitionList = partitions.iter().cloned().collect();
        let list = NativeList::of(OPERATION, asked.as_slice())?;
        // SAFETY: the handle is live (N1); the list is ours, and librdkafka writes the answer into it.
        let code = unsafe { rd_kafka_committed(self.as_ptr(), list.as_ptr(), timeout_ms(Some(timeout))) };
        check(OPERATION, code)?;
        Ok(list.to_list())
    }

    /// Returns where librdkafka stands in an assigned partition: behind all that was taken from its queue, transaction markers
    /// included (`rd_kafka_position`). `None` if nothing was since it was assigned or sought. It takes locks, and waits for
    /// nothing else.
    ///
    /// An error that was taken, and a log that was truncated, leave it too high until the partition is sought. To be asked of
    /// partitions that are assigned: librdkafka takes every other one as wanted from then on, and reports errors of it.
    pub fn position(&self, partition: &TopicPartition) -> Option<Position> {
        const OPERATION: &str = "rd_kafka_position";
        let list = NativeList::of(OPERATION, &[PartitionOffset::unset(partition.clone())]).ok()?;
        // SAFETY: the handle is live (N1); the list is ours, and librdkafka writes the answer into it.
        let code = unsafe { rd_kafka_position(self.as_ptr(), list.as_ptr()) };
        check(OPERATION, code).ok()?;
        list.to_list().iter().next().filter(|entry| entry.error.is_none()).and_then(PartitionOffset::position)
    }

    /// Returns for each partition the position of its first message that is not older than its
    /// [`Start::Timestamp`](crate::Start::Timestamp); waits for the brokers, up to `timeout`
    /// (`rd_kafka_offsets_for_times`).
    ///
    /// Where all messages are older the answer is [`Start::Latest`](crate::Start::Latest). So the list that is returned
    /// can be assigned as it is, once [`first_error`](TopicPartitionList::first_error) was looked at.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operation`](crate::ErrorKind::Operation) with `_TIMED_OUT` if there was no answer in time, with
    /// `_INVALID_ARG` if an entry has no time or a negative one.
    pub fn offsets_for_times(
        &self,
        partitions: &[PartitionOffset],
        timeout: Duration,
    ) -> Result<TopicPartitionList, Error> {
        const OPERATION: &str = "rd_kafka_offsets_for_times";
        let list = NativeList::of_times(OPERATION, partitions)?;
        if partitions.is_empty() {
            return Ok(TopicPartitionList::new());
        }
        // SAFETY: the handle is live (N1); the list is ours, and librdkafka writes the answer into it.
        let code =
            unsafe { rd_kafka_offsets_for_times(self.as_ptr(), list.as_ptr(), timeout_ms(Some(timeout))) };
        check(OPERATION, code)?;
        Ok(list.to_list())
    }

    /// Starts leaving the group; what it still wants arrives on `queue` (`rd_kafka_consumer_close_queue`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operation`](crate::ErrorKind::Operation) if the client cannot leave in an orderly way, as after a
    /// fatal error; then nothing arrives.
    ///
    /// # Panics
    ///
    /// If the queue is another client's.
    pub fn close(&self, queue: &EventQueue) -> Result<(), Error> {
        assert!(queue.client().is(self), "the queue is another client's");
        // SAFETY: the handle is live (N1), and so is the queue (N3).
        let error = unsafe { rd_kafka_consumer_close_queue(self.as_ptr(), queue.as_ptr()) };
        // SAFETY: the error was returned for us to free.
        unsafe { check_error("rd_kafka_consumer_close_queue", error) }
    }

    /// Tells whether leaving the group is done (`rd_kafka_consumer_closed`).
    pub fn is_closed(&self) -> bool {
        // SAFETY: the handle is live (N1).
        let closed = unsafe { rd_kafka_consumer_closed(self.as_ptr()) };
        closed != 0
    }
}
