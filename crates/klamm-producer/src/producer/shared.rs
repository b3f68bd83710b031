//! What the producer's handles, its deliveries and its control thread share.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use klamm_core::{Error, ErrorCode, native::RawProducer};

use super::{
    Returns,
    line::Line,
    requests::{Flush, Requests},
};
use crate::{
    Delivery, DeliveryError, Record,
    delivery::{Outcome, Sent},
};

type Raw = RawProducer<Outcome, Arc<Returns>>;

// As `Producer` says.
const _: () = assert!(Raw::PLACE_BYTES < 256);

/// What the producer's handles, its deliveries and its control thread share.
pub(crate) struct Shared {
    pub(crate) raw: Raw,
    pub(crate) returns: Arc<Returns>,
    pub(super) line: Line,
    is_closed: AtomicBool,
    requests: Mutex<Requests>,
}

/// Why a record was not handed over.
pub(super) enum Refusal {
    /// There is no room for it now.
    Full,
    /// The producer takes no more.
    Closed,
    /// librdkafka will not take it.
    Final(Error),
}

impl Refusal {
    /// Returns the record if there may be room for it later, and else an error with it.
    pub(super) fn of(self, record: impl Into<Box<Record>>) -> Result<Box<Record>, DeliveryError> {
        let record = record.into();
        match self {
            Self::Full => Ok(record),
            Self::Closed => Err(DeliveryError::Closed { record }),
            Self::Final(source) => Err(DeliveryError::NotTaken { record, source }),
        }
    }
}

impl Shared {
    pub(super) fn new(raw: Raw) -> Self {
        Self {
            returns: Arc::clone(raw.common()),
            raw,
            line: Line::default(),
            is_closed: AtomicBool::new(false),
            requests: Mutex::default(),
        }
    }

    /// Sends a record; without room for it, it waits in line.
    #[inline]
    pub(super) fn send(&self, mut record: Record) -> Delivery {
        match self.offer(&mut record) {
            Ok(sent) => Delivery::sent(sent),
            Err(refusal) => self.send_later(refusal, record),
        }
    }

    #[cold]
    fn send_later(&self, refusal: Refusal, record: Record) -> Delivery {
        match refusal.of(record) {
            Ok(record) => self.wait_in_line(record),
            Err(error) => {
                self.returns.ended(1);
                Delivery::refused(error, Arc::clone(&self.returns))
            }
        }
    }

    /// Sends a record if there is room for it.
    pub(super) fn try_send(&self, mut record: Record) -> Result<Delivery, DeliveryError> {
        let refusal = match self.offer(&mut record) {
            Ok(sent) => return Ok(Delivery::sent(sent)),
            Err(refusal) => refusal,
        };
        self.returns.ended(1);
        Err(refusal.of(record).map_or_else(|error| error, DeliveryError::no_room))
    }

    /// Hands a record over unless others are in line. It is under way from here on, also if it is refused.
    #[inline]
    fn offer(&self, record: &mut Record) -> Result<Sent, Refusal> {
        // Counted before it is looked whether there is still somebody to read the report: see `stop`.
        self.returns.begin();
        if self.is_closed() {
            return Err(Refusal::Closed);
        }
        if !self.line.is_empty() {
            return Err(Refusal::Full);
        }
        self.hand_over(record)
    }

    /// Hands a record to librdkafka, and leaves an empty one; it stays as it is if it is refused.
    #[inline]
    pub(super) fn hand_over(&self, record: &mut Record) -> Result<Sent, Refusal> {
        let taken = self.raw.produce(&record.topic, &mut record.content);
        taken.map_err(|error| match error.code() {
            Some(ErrorCode::QUEUE_FULL) => Refusal::Full,
            _ => Refusal::Final(error),
        })
    }

    /// Takes no more records. One that is being handed over just now has been counted: once nothing is under way after this,
    /// nothing will be.
    pub(crate) fn stop(&self) {
        self.is_closed.store(true, Ordering::SeqCst);
    }

    #[inline]
    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::SeqCst)
    }

    /// Has nothing linger until nothing is under way, or this time has come.
    pub(super) fn hasten(&self, until: Instant) {
        self.requests().flushes.push(Flush { until, reply: None });
        self.raw.interrupt().interrupt();
    }

    pub(crate) fn requests(&self) -> MutexGuard<'_, Requests> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
