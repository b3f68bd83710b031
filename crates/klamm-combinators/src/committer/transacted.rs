//! Positions that are committed in transactions, together with the outputs of their messages.

use std::{future::Future, pin::Pin};

use klamm_core::{
    Epoch, Error, ErrorKind, Position,
    contract::{CommitAnswer, CommitResult, ErrorClass, ProducerError, Source, Transactions},
};

use super::Commits;

/// Commits positions of a source's group in the transactions of a producer.
pub(crate) struct Transacted<'s, S, T: Transactions> {
    source: &'s S,
    transactions: &'s T,
}

impl<'s, S: Source, T: Transactions> Transacted<'s, S, T> {
    /// Takes the producer's transactions until this is dropped, unless another has them.
    pub(crate) fn take(source: &'s S, transactions: &'s T) -> Option<Self> {
        transactions.take().then(|| Self { source, transactions })
    }

    /// Makes the positions part of the transaction, and commits it.
    async fn commit(
        source: &S,
        transactions: &T,
        positions: Vec<(Epoch, Position)>,
    ) -> Result<CommitAnswer, ProducerError> {
        let group = source.group_metadata().await.map_err(of_source)?;
        // After the answer: whoever still has a partition then had it in the generation that was told.
        let find = |(epoch, position): &(Epoch, Position)| Some((source.partition_of(*epoch)?, *position));
        let named: Option<Vec<_>> = positions.iter().map(find).collect();
        let named = named.ok_or_else(|| ProducerError::new(ErrorClass::Abort, "a partition is gone"))?;
        if !named.is_empty() {
            transactions.send_offsets(named, group).await?;
        }
        transactions.commit().await?;
        let committed = |(epoch, position)| (epoch, CommitResult::Committed(position));
        Ok(positions.into_iter().map(committed).collect())
    }
}

impl<'s, S: Source, T: Transactions> Commits for Transacted<'s, S, T> {
    const TRANSACTIONAL: bool = true;

    // Once for each transaction: its steps have no name.
    type Answer = Pin<Box<dyn Future<Output = Result<CommitAnswer, ProducerError>> + Send + 's>>;
    type Call = T::Answer;

    fn send(&self, positions: Vec<(Epoch, Position)>) -> Self::Answer {
        Box::pin(Self::commit(self.source, self.transactions, positions))
    }

    fn begin(&self) -> T::Answer {
        self.transactions.begin()
    }

    fn abort(&self) -> T::Answer {
        self.transactions.abort()
    }
}

impl<S, T: Transactions> Drop for Transacted<'_, S, T> {
    fn drop(&mut self) {
        self.transactions.give_back();
    }
}

/// Says how an error of the source is to be taken: a group that is between two generations may have one the next time, and a
/// source that is closed says so itself.
fn of_source(error: Error) -> ProducerError {
    let class = match error.kind() {
        ErrorKind::NoGroup { .. } | ErrorKind::Config(_) => ErrorClass::Fatal,
        _ => ErrorClass::Abort,
    };
    ProducerError::new(class, error)
}
