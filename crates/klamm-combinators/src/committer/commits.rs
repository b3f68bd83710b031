//! What an engine commits through.

use std::{
    future::{Future, Ready, ready},
    pin::Pin,
    task::{Context, Poll},
};

use klamm_core::{
    Epoch, Position,
    contract::{Commit, CommitAnswer, ProducerError},
};

/// What an engine commits through: positions by themselves, or in transactions, together with the outputs of their messages.
pub(crate) trait Commits {
    /// Whether it is in transactions.
    const TRANSACTIONAL: bool;

    /// What became of positions, to come; an error is that of their transaction.
    type Answer: Future<Output = Result<CommitAnswer, ProducerError>> + Unpin;

    /// What became of another call of a transaction, to come.
    type Call: Future<Output = Result<(), ProducerError>> + Unpin;

    /// Commits positions, and the transaction with them.
    fn send(&self, positions: Vec<(Epoch, Position)>) -> Self::Answer;

    /// Begins a transaction.
    fn begin(&self) -> Self::Call;

    /// Takes the transaction back, if there is one.
    fn abort(&self) -> Self::Call;
}

/// Positions by themselves.
impl<C: Commit> Commits for C {
    const TRANSACTIONAL: bool = false;

    type Answer = Alone<C::Answer>;
    type Call = Ready<Result<(), ProducerError>>;

    fn send(&self, positions: Vec<(Epoch, Position)>) -> Alone<C::Answer> {
        Alone(self.commit(positions))
    }

    fn begin(&self) -> Self::Call {
        ready(Ok(()))
    }

    fn abort(&self) -> Self::Call {
        ready(Ok(()))
    }
}

/// What became of positions that were committed by themselves.
pub(crate) struct Alone<A>(A);

impl<A: Future<Output = CommitAnswer> + Unpin> Future for Alone<A> {
    type Output = Result<CommitAnswer, ProducerError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map(Ok)
    }
}
