//! Transactions of a producer, call by call.

use std::time::Duration;

use super::client::Client;
use super::code::check_error;
use super::group_metadata::GroupMetadata;
use super::ledger::{
    rd_kafka_abort_transaction, rd_kafka_begin_transaction, rd_kafka_commit_transaction,
    rd_kafka_error_is_fatal, rd_kafka_error_is_retriable, rd_kafka_error_t,
    rd_kafka_error_txn_requires_abort, rd_kafka_init_transactions, rd_kafka_send_offsets_to_transaction,
};
use super::partition_list::NativeList;
use super::text::timeout_ms;
use crate::{
    ErrorCode, PartitionOffset, Position, TopicPartition, TopicPartitionList,
    contract::{ErrorClass, ProducerError},
};

/// Transactions of a producer with `transactional.id`: one call at a time, each where waiting is allowed, and while another
/// thread takes the delivery reports, since committing and aborting wait for these.
///
/// Every error holds an [`Error`](crate::Error) that names the function, and its class is what librdkafka says of it. A call
/// with a retriable one, such as `_TIMED_OUT`, is to be repeated as it was, and goes on.
impl Client {
    /// Gets the producer ready, fencing every other with the same `transactional.id`; waits for the coordinator, up to
    /// `timeout` (`rd_kafka_init_transactions`).
    ///
    /// # Errors
    ///
    /// `_TIMED_OUT` if there was no answer in time, `_NOT_CONFIGURED` without a `transactional.id`.
    pub fn init_transactions(&self, timeout: Duration) -> Result<(), ProducerError> {
        // SAFETY: the handle is live (N1).
        let error = unsafe { rd_kafka_init_transactions(self.as_ptr(), timeout_ms(Some(timeout))) };
        // SAFETY: the error was returned for us to free.
        unsafe { answer("rd_kafka_init_transactions", error) }
    }

    /// Begins a transaction; what is produced from here on is part of it (`rd_kafka_begin_transaction`).
    ///
    /// # Errors
    ///
    /// `_STATE` if there is one, or the producer is not ready.
    pub fn begin_transaction(&self) -> Result<(), ProducerError> {
        // SAFETY: the handle is live (N1).
        let error = unsafe { rd_kafka_begin_transaction(self.as_ptr()) };
        // SAFETY: the error was returned for us to free.
        unsafe { answer("rd_kafka_begin_transaction", error) }
    }

    /// Makes positions of a consumer's group part of the transaction; waits for the coordinators of both, up to `timeout`
    /// (`rd_kafka_send_offsets_to_transaction`). Without positions it does nothing.
    ///
    /// # Errors
    ///
    /// Those of a commit, such as `ILLEGAL_GENERATION`: the transaction must be aborted.
    pub fn send_offsets_to_transaction(
        &self,
        positions: &[(TopicPartition, Position)],
        group: &GroupMetadata,
        timeout: Duration,
    ) -> Result<(), ProducerError> {
        const OPERATION: &str = "rd_kafka_send_offsets_to_transaction";
        let entries = positions.iter().cloned();
        let entries: TopicPartitionList =
            entries.map(|(partition, position)| PartitionOffset::at(partition, position)).collect();
        let list = NativeList::of_positions(OPERATION, entries.as_slice());
        let list = list.map_err(|error| ProducerError::new(ErrorClass::Refused, error))?;
        let timeout = timeout_ms(Some(timeout));
        // SAFETY: the handle is live (N1), the list and the group are ours, and librdkafka copies what it keeps of them.
        let error = unsafe {
            rd_kafka_send_offsets_to_transaction(self.as_ptr(), list.as_ptr(), group.as_ptr(), timeout)
        };
        // SAFETY: the error was returned for us to free.
        unsafe { answer(OPERATION, error) }
    }

    /// Commits the transaction once all of it is delivered; waits for that and for the coordinator, up to `timeout`
    /// (`rd_kafka_commit_transaction`).
    ///
    /// # Errors
    ///
    /// Of class `Abort` if the transaction cannot be committed any more.
    pub fn commit_transaction(&self, timeout: Duration) -> Result<(), ProducerError> {
        // SAFETY: the handle is live (N1).
        let error = unsafe { rd_kafka_commit_transaction(self.as_ptr(), timeout_ms(Some(timeout))) };
        // SAFETY: the error was returned for us to free.
        unsafe { answer("rd_kafka_commit_transaction", error) }
    }

    /// Takes the transaction back: readers of committed messages see nothing of it; waits for the coordinator, up to
    /// `timeout` (`rd_kafka_abort_transaction`).
    ///
    /// # Errors
    ///
    /// `_STATE` if there is none.
    pub fn abort_transaction(&self, timeout: Duration) -> Result<(), ProducerError> {
        // SAFETY: the handle is live (N1).
        let error = unsafe { rd_kafka_abort_transaction(self.as_ptr(), timeout_ms(Some(timeout))) };
        // SAFETY: the error was returned for us to free.
        unsafe { answer("rd_kafka_abort_transaction", error) }
    }
}

/// Turns the answer to a call into a result with the class of its error, and frees the error.
///
/// # Safety
///
/// As of [`check_error`].
unsafe fn answer(operation: &'static str, error: *mut rd_kafka_error_t) -> Result<(), ProducerError> {
    if error.is_null() {
        return Ok(());
    }
    // SAFETY: not null, and live until it is freed below.
    let is_fatal = unsafe { rd_kafka_error_is_fatal(error) } != 0;
    // SAFETY: as above.
    let must_abort = unsafe { rd_kafka_error_txn_requires_abort(error) } != 0;
    // SAFETY: as above.
    let is_retriable = unsafe { rd_kafka_error_is_retriable(error) } != 0;
    // SAFETY: the caller gave it up, as is said there.
    let checked = unsafe { check_error(operation, error) };
    checked.map_err(|error| {
        let class = match error.code() {
            Some(ErrorCode::FENCED | ErrorCode::PRODUCER_FENCED | ErrorCode::INVALID_PRODUCER_EPOCH) => {
                ErrorClass::Fenced
            }
            _ if is_fatal => ErrorClass::Fatal,
            _ if must_abort => ErrorClass::Abort,
            _ if is_retriable => ErrorClass::Retriable,
            _ => ErrorClass::Refused,
        };
        ProducerError::new(class, error)
    })
}
