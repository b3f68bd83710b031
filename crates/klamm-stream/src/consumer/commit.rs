//! Committing by hand.

use std::time::Instant;

use futures_channel::oneshot;
use klamm_core::{Error, ErrorKind, Message, TopicPartition, contract::CommitResult};

use super::Consumer;
use crate::control::Request;

impl Consumer {
    /// Commits that everything up to and including `message` is done, and waits for the group's answer.
    ///
    /// At most one request is in flight; commits that come meanwhile are gathered into the next, the highest of each
    /// partition winning, so that this can be called for every message. A commit below what is committed is answered
    /// without a request.
    ///
    /// # Delivery
    ///
    /// It is for the caller to know that the messages before are done as well.
    ///
    /// # Cancel safety
    ///
    /// The request is sent when the future is first polled, and stays sent if the future is then dropped.
    ///
    /// # Errors
    ///
    /// * [`ErrorKind::EpochClosed`](klamm_core::ErrorKind::EpochClosed) if the partition was revoked or lost since the
    ///   message was delivered: it is delivered again, and nothing was committed;
    /// * [`ErrorKind::Commit`](klamm_core::ErrorKind::Commit) with the group's code; [`Error::is_retriable`] tells
    ///   whether to try again, as after the codes of a rebalance (`REBALANCE_IN_PROGRESS`, `ILLEGAL_GENERATION`,
    ///   `STALE_MEMBER_EPOCH`), which do not last;
    /// * [`ErrorKind::Timeout`](klamm_core::ErrorKind::Timeout) if there was no answer within
    ///   [`Builder::request_timeout`](crate::Builder::request_timeout);
    /// * [`ErrorKind::Closed`](klamm_core::ErrorKind::Closed) if the consumer is closed.
    pub async fn commit<M: Message + ?Sized>(&self, message: &M) -> Result<(), Error> {
        let shared = self.shared();
        let (started, timeout) = (Instant::now(), shared.request_timeout);
        let name = || TopicPartition::new(message.topic(), message.partition());
        let (reply, answer) = oneshot::channel();
        shared.requests.send(Request::Commit {
            positions: vec![(message.epoch(), message.position())],
            reply,
            deadline: started.checked_add(timeout),
        });
        let Ok(results) = answer.await else {
            let is_late = started.elapsed() >= timeout;
            return Err(if is_late {
                Error::from(ErrorKind::Timeout { operation: "commit", after: timeout })
            } else {
                Error::from(ErrorKind::Closed)
            });
        };
        match results.first().map(|(_, result)| *result) {
            Some(CommitResult::Committed(_)) => Ok(()),
            Some(CommitResult::Fenced(None)) => {
                Err(Error::from(ErrorKind::EpochClosed { partition: name() }))
            }
            Some(
                CommitResult::Retriable(code)
                | CommitResult::Parked(code)
                | CommitResult::Fenced(Some(code))
                | CommitResult::Fatal(code),
            ) => Err(Error::from(ErrorKind::Commit { partition: name(), code })),
            Some(CommitResult::Closed) | None => Err(Error::from(ErrorKind::Closed)),
        }
    }
}
