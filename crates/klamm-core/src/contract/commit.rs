//! How positions are committed, and what the answers mean.

use std::future::Future;

use crate::{Epoch, ErrorCode, Position};

/// Commits positions to the group.
pub trait Commit {
    /// The answer to come.
    type Answer: Future<Output = CommitAnswer> + Unpin + Send;

    /// Sends the positions to the group's coordinator. The request is sent even if the answer is not awaited.
    ///
    /// A position of an epoch that is over is not sent and answered [`Fenced`](CommitResult::Fenced); one that is not
    /// beyond what the epoch has committed already is not sent either and answered [`Committed`](CommitResult::Committed).
    ///
    /// # Cancel safety
    ///
    /// Dropping the answer changes nothing about the request.
    fn commit(&self, positions: Vec<(Epoch, Position)>) -> Self::Answer;
}

impl<C: Commit> Commit for &C {
    type Answer = C::Answer;

    fn commit(&self, positions: Vec<(Epoch, Position)>) -> C::Answer {
        (**self).commit(positions)
    }
}

/// One result for each position of the request, in its order.
pub type CommitAnswer = Vec<(Epoch, CommitResult)>;

/// What became of a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommitResult {
    /// It is committed.
    Committed(Position),
    /// The same request may succeed later.
    Retriable(ErrorCode),
    /// The group is between two generations although the partition is kept: send it again after the next rebalance event.
    Parked(ErrorCode),
    /// The partition is no longer this member's, or will not be: never send it again.
    Fenced(Option<ErrorCode>),
    /// The request cannot succeed as it is.
    Fatal(ErrorCode),
    /// The source is closed.
    Closed,
}

impl CommitResult {
    /// Sorts an answer's code into its class.
    ///
    /// Measured on Apache Kafka 4.1.1: periodic commits meet the *parked* codes in every cooperative or KIP-848
    /// rebalance although the partition is kept.
    pub fn classify(position: Position, code: Option<ErrorCode>) -> Self {
        let Some(code) = code else { return Self::Committed(position) };
        match code {
            ErrorCode::ILLEGAL_GENERATION
            | ErrorCode::STALE_MEMBER_EPOCH
            | ErrorCode::REBALANCE_IN_PROGRESS => Self::Parked(code),
            ErrorCode::UNKNOWN_MEMBER_ID
            | ErrorCode::FENCED_INSTANCE_ID
            | ErrorCode::FENCED_MEMBER_EPOCH
            | ErrorCode::ASSIGNMENT_LOST => Self::Fenced(Some(code)),
            code if code.is_retriable() => Self::Retriable(code),
            code => Self::Fatal(code),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_is_told_apart() {
        let position = Position::at(7);
        let classify = |code| CommitResult::classify(position, Some(code));
        assert_eq!(CommitResult::classify(position, None), CommitResult::Committed(position));
        for code in
            [ErrorCode::ILLEGAL_GENERATION, ErrorCode::STALE_MEMBER_EPOCH, ErrorCode::REBALANCE_IN_PROGRESS]
        {
            assert_eq!(classify(code), CommitResult::Parked(code));
        }
        for code in
            [ErrorCode::UNKNOWN_MEMBER_ID, ErrorCode::FENCED_INSTANCE_ID, ErrorCode::FENCED_MEMBER_EPOCH]
        {
            assert_eq!(classify(code), CommitResult::Fenced(Some(code)));
        }
        for code in [ErrorCode::NOT_COORDINATOR, ErrorCode::TRANSPORT, ErrorCode::TIMED_OUT] {
            assert_eq!(classify(code), CommitResult::Retriable(code));
        }
        let too_large = ErrorCode::OFFSET_METADATA_TOO_LARGE;
        assert_eq!(classify(too_large), CommitResult::Fatal(too_large));
    }
}
