//! Committing by hand.

use std::time::Instant;

use futures_channel::oneshot;
use klamm_core::{
    Epoch, Error, ErrorCode, ErrorKind, Message, PartitionOffset, Position, TopicPartition,
    TopicPartitionList, contract::CommitResult,
};

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
    ///   message was delivered: it is delivered again, unless a request that was under way has committed it;
    /// * [`ErrorKind::Commit`](klamm_core::ErrorKind::Commit) with the group's code; [`Error::is_retriable`] tells
    ///   whether to try again, as after the codes of a rebalance (`REBALANCE_IN_PROGRESS`, `ILLEGAL_GENERATION`,
    ///   `STALE_MEMBER_EPOCH`), which do not last;
    /// * [`ErrorKind::Timeout`](klamm_core::ErrorKind::Timeout) if there was no answer within
    ///   [`Builder::request_timeout`](crate::Builder::request_timeout);
    /// * [`ErrorKind::Closed`](klamm_core::ErrorKind::Closed) if the consumer is closed.
    pub async fn commit<M: Message + ?Sized>(&self, message: &M) -> Result<(), Error> {
        let name = TopicPartition::new(message.topic(), message.partition());
        self.commit_all("commit", vec![(name, message.epoch(), message.position())]).await
    }

    /// Commits these positions, each of an assigned partition, in one request; otherwise as [`commit`](Self::commit).
    ///
    /// # Cancel safety
    ///
    /// As [`commit`](Self::commit).
    ///
    /// # Errors
    ///
    /// As [`commit`](Self::commit), for the first partition that failed; the others are committed all the same.
    /// [`ErrorKind::NotAssigned`](klamm_core::ErrorKind::NotAssigned), and nothing is committed, if a partition is not
    /// assigned; [`ErrorKind::Operation`](klamm_core::ErrorKind::Operation) if an entry has no position, or one that no
    /// log has.
    pub async fn commit_positions(&self, positions: &TopicPartitionList) -> Result<(), Error> {
        let find = |entry: &PartitionOffset| {
            let name = entry.partition.clone();
            let position = entry.position().filter(|at| (0..i64::MAX).contains(&at.offset()));
            let position = position.ok_or_else(|| no_position(entry))?;
            let partition = self.shared().table.named(&name);
            let missing = || Error::from(ErrorKind::NotAssigned { partition: name.clone() });
            let epoch = partition.ok_or_else(missing)?.epoch;
            Ok((name, epoch, position))
        };
        let found = positions.iter().map(find).collect::<Result<Vec<_>, Error>>()?;
        self.commit_all("commit_positions", found).await
    }

    /// Commits the [position](Self::position) of every assigned partition: that all that was delivered is done.
    ///
    /// # Delivery
    ///
    /// Nothing that was not delivered is committed; what a seek has jumped over counts as delivered. Call it when everything that was delivered is done: whatever of it is
    /// still in work counts as done too.
    ///
    /// # Cancel safety
    ///
    /// As [`commit`](Self::commit).
    ///
    /// # Errors
    ///
    /// As [`commit_positions`](Self::commit_positions).
    pub async fn commit_delivered(&self) -> Result<(), Error> {
        let partitions = self.shared().table.all();
        let delivered = partitions.iter().filter_map(|it| Some((it.name.clone(), it.epoch, it.position()?)));
        let delivered = delivered.collect();
        self.commit_all("commit_delivered", delivered).await
    }

    pub(crate) async fn commit_all(
        &self,
        operation: &'static str,
        asked: Vec<(TopicPartition, Epoch, Position)>,
    ) -> Result<(), Error> {
        self.needs_group(operation)?;
        if asked.is_empty() {
            return Ok(());
        }
        let shared = self.shared();
        let (started, timeout) = (Instant::now(), shared.request_timeout);
        let (reply, answer) = oneshot::channel();
        shared.requests.send(Request::Commit {
            positions: asked.iter().map(|(_, epoch, position)| (*epoch, *position)).collect(),
            reply,
            deadline: started.checked_add(timeout),
        });
        let Ok(results) = answer.await else {
            let is_late = started.elapsed() >= timeout;
            return Err(if is_late {
                Error::from(ErrorKind::Timeout { operation, after: timeout })
            } else {
                Error::from(ErrorKind::Closed)
            });
        };
        let results = results.into_iter().map(|(_, result)| result);
        asked.into_iter().zip(results).try_for_each(|((name, ..), result)| outcome(name, result))
    }
}

fn outcome(partition: TopicPartition, result: CommitResult) -> Result<(), Error> {
    match result {
        CommitResult::Committed(_) => Ok(()),
        CommitResult::Fenced(None) => Err(Error::from(ErrorKind::EpochClosed { partition })),
        CommitResult::Retriable(code)
        | CommitResult::Parked(code)
        | CommitResult::Fenced(Some(code))
        | CommitResult::Fatal(code) => Err(Error::from(ErrorKind::Commit { partition, code })),
        CommitResult::Closed => Err(Error::from(ErrorKind::Closed)),
    }
}

fn no_position(entry: &PartitionOffset) -> Error {
    let reason = format!("{entry} has no position that can be committed");
    let (operation, code) = ("commit_positions", ErrorCode::INVALID_ARGUMENT);
    Error::from(ErrorKind::Operation { operation, code, reason })
}
