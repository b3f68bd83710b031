//! Transactions of a producer, call by call.

use std::time::Duration;

use super::client::Client;
use super::code::check_error;
use super::ledger::{
    rd_kafka_abort_transaction, rd_kafka_begin_transaction, rd_kafka_commit_transaction,
    rd_kafka_init_transactions,
};
use super::text::timeout_ms;
use crate::Error;

/// Transactions of a producer with `transactional.id`: one call at a time, each where waiting is allowed, and while another
/// thread takes the delivery reports, since committing and aborting wait for these.
impl Client {
    /// Gets the producer ready, fencing every other with the same `transactional.id`; waits for the coordinator, up to
    /// `timeout` (`rd_kafka_init_transactions`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operation`](crate::ErrorKind::Operation) with `_TIMED_OUT` if there was no answer in time: the call
    /// can be repeated, and goes on; with `_NOT_CONFIGURED` without a `transactional.id`.
    pub fn init_transactions(&self, timeout: Duration) -> Result<(), Error> {
        // SAFETY: the handle is live (N1).
        let error = unsafe { rd_kafka_init_transactions(self.as_ptr(), timeout_ms(Some(timeout))) };
        // SAFETY: the error was returned for us to free.
        unsafe { check_error("rd_kafka_init_transactions", error) }
    }

    /// Begins a transaction; what is produced from here on is part of it (`rd_kafka_begin_transaction`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operation`](crate::ErrorKind::Operation) with `_STATE` if there is one, or the producer is not ready.
    pub fn begin_transaction(&self) -> Result<(), Error> {
        // SAFETY: the handle is live (N1).
        let error = unsafe { rd_kafka_begin_transaction(self.as_ptr()) };
        // SAFETY: the error was returned for us to free.
        unsafe { check_error("rd_kafka_begin_transaction", error) }
    }

    /// Commits the transaction once all of it is delivered; waits for that and for the coordinator, up to `timeout`
    /// (`rd_kafka_commit_transaction`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operation`](crate::ErrorKind::Operation); the transaction may then have to be aborted.
    pub fn commit_transaction(&self, timeout: Duration) -> Result<(), Error> {
        // SAFETY: the handle is live (N1).
        let error = unsafe { rd_kafka_commit_transaction(self.as_ptr(), timeout_ms(Some(timeout))) };
        // SAFETY: the error was returned for us to free.
        unsafe { check_error("rd_kafka_commit_transaction", error) }
    }

    /// Takes the transaction back: readers of committed messages see nothing of it; waits for the coordinator, up to
    /// `timeout` (`rd_kafka_abort_transaction`).
    ///
    /// # Errors
    ///
    /// As [`Client::commit_transaction`].
    pub fn abort_transaction(&self, timeout: Duration) -> Result<(), Error> {
        // SAFETY: the handle is live (N1).
        let error = unsafe { rd_kafka_abort_transaction(self.as_ptr(), timeout_ms(Some(timeout))) };
        // SAFETY: the error was returned for us to free.
        unsafe { check_error("rd_kafka_abort_transaction", error) }
    }
}
