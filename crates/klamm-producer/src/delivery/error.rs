//! What became of a record.

use klamm_core::{Error, ErrorCode, Timestamp, native};

use crate::Record;

/// Where a record stands in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivered {
    /// The partition.
    pub partition: i32,
    /// The offset. With `acks=0` brokers do not say, and it is negative.
    pub offset: i64,
    /// The timestamp.
    pub timestamp: Timestamp,
}

/// Why a record was not delivered, with the record.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeliveryError {
    /// librdkafka did not take the record: it is certain not to stand in the log.
    #[error("the record was not taken")]
    NotTaken {
        /// The record.
        record: Box<Record>,
        /// Why.
        source: Error,
    },
    /// The record was taken and not delivered. It may stand in the log all the same, if an answer was lost.
    #[error("the record was not delivered: {code}")]
    Failed {
        /// The record.
        record: Box<Record>,
        /// Why.
        code: ErrorCode,
    },
    /// The producer was closed before librdkafka took the record: it is certain not to stand in the log.
    #[error("the producer is closed")]
    Closed {
        /// The record.
        record: Box<Record>,
    },
}

impl DeliveryError {
    /// Makes an error of a record for which there was no room.
    #[cold]
    pub(crate) fn no_room(record: Box<Record>) -> Self {
        Self::NotTaken { record, source: native::refusal(ErrorCode::QUEUE_FULL) }
    }

    /// Tells whether sending the record again may succeed. A record that [`Failed`](Self::Failed) may then stand twice
    /// in the log, even with `enable.idempotence`: to librdkafka it is a new one.
    pub fn is_retriable(&self) -> bool {
        self.code().is_some_and(ErrorCode::is_retriable)
    }

    /// Returns the code that librdkafka or a broker answered with, unless the producer is closed.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::NotTaken { source, .. } => source.code(),
            Self::Failed { code, .. } => Some(*code),
            Self::Closed { .. } => None,
        }
    }

    /// Returns the record.
    pub fn record(&self) -> &Record {
        let (Self::NotTaken { record, .. } | Self::Failed { record, .. } | Self::Closed { record }) = self;
        record
    }

    /// Returns the record, to be sent again or kept elsewhere.
    pub fn into_record(self) -> Record {
        let (Self::NotTaken { record, .. } | Self::Failed { record, .. } | Self::Closed { record }) = self;
        *record
    }
}
