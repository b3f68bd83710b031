//! What a transactional producer promises beyond taking records.

use std::{
    future::{Future, Ready},
    time::Duration,
};

use super::ProducerError;
use crate::{GroupMetadata, Position, TopicPartition};

/// The transactions of a producer, of which there is one at a time: what is sent between [`begin`](Self::begin) and
/// [`commit`](Self::commit) counts together with the positions that were given to it, or not at all.
///
/// Each call is made when the method is called, on a thread that may block, and goes on whether its answer is awaited or
/// not. The next is to be made after the answer to the one before; only [`abort`](Self::abort) may be called at any time, and
/// [`begin`](Self::begin) at once after it.
/// An implementation tries again by itself what is retriable, for as long as its settings say; what it answers is final,
/// and its [class](super::ErrorClass) says what follows:
///
/// * `Abort`: abort, go back to where the transaction began, and do everything again. An abort that fails, however, is the end
///   of the producer;
/// * `Fenced` and `Fatal`: stop; nothing of the transaction will be seen by who reads committed records;
/// * any other: as `Abort`.
pub trait Transactions: Send + Sync {
    /// The answer to come.
    type Answer: Future<Output = Result<(), ProducerError>> + Unpin + Send;

    /// Returns how much a transaction is to hold.
    fn window(&self) -> Window;

    /// Takes the transactions for one pipeline, until it [gives them back](Self::give_back): false if another has them. Two
    /// would end each other's.
    fn take(&self) -> bool;

    /// Gives the transactions back, after the last call.
    fn give_back(&self);

    /// Begins a transaction.
    fn begin(&self) -> Self::Answer;

    /// Makes positions of a consumer's group part of the transaction. They are refused unless `group` is of the group's
    /// present generation.
    fn send_offsets(&self, positions: Vec<(TopicPartition, Position)>, group: GroupMetadata) -> Self::Answer;

    /// Commits the transaction, once every record of it is acknowledged.
    fn commit(&self) -> Self::Answer;

    /// Takes the transaction back; records of it that are under way are given up. Without a transaction it does nothing.
    fn abort(&self) -> Self::Answer;
}

/// How much a transaction is to hold: it ends at whichever comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Window {
    /// Messages whose outputs and positions it holds.
    pub messages: usize,
    /// How long it is open, from the first of them on that is done.
    pub interval: Duration,
    /// How long it may be open at most, whatever is waited for: who takes longer aborts it. Without it there is no bound.
    pub longest: Option<Duration>,
}

impl Window {
    /// Makes a window.
    pub fn new(messages: usize, interval: Duration) -> Self {
        Self { messages, interval, longest: None }
    }

    /// Sets [`longest`](Self::longest).
    #[must_use]
    pub fn longest(self, longest: Duration) -> Self {
        Self { longest: Some(longest), ..self }
    }
}

/// The transactions of a producer that has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoTransactions {}

impl Transactions for NoTransactions {
    type Answer = Ready<Result<(), ProducerError>>;

    fn window(&self) -> Window {
        match *self {}
    }

    fn take(&self) -> bool {
        match *self {}
    }

    fn give_back(&self) {
        match *self {}
    }

    fn begin(&self) -> Self::Answer {
        match *self {}
    }

    fn send_offsets(&self, _: Vec<(TopicPartition, Position)>, _: GroupMetadata) -> Self::Answer {
        match *self {}
    }

    fn commit(&self) -> Self::Answer {
        match *self {}
    }

    fn abort(&self) -> Self::Answer {
        match *self {}
    }
}
