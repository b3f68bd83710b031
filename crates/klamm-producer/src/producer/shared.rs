//! What the producer's handles, its deliveries and its control thread share.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use klamm_core::{
    ErrorCode,
    native::{Parcel, RawProducer},
};

use super::{
    Returns,
    line::Line,
    requests::{Flush, Requests},
};
use crate::{Delivery, DeliveryError, Record, delivery::Slot, unclaimed::Hook};

/// What the producer's handles, its deliveries and its control thread share.
pub(crate) struct Shared {
    pub(crate) raw: RawProducer<Slot>,
    pub(crate) returns: Arc<Returns>,
    pub(super) line: Line,
    is_closed: AtomicBool,
    requests: Mutex<Requests>,
}

/// Why a record was not handed over.
pub(super) enum Refusal {
    /// There is no room for it now.
    Full(Box<Record>),
    /// It will not be taken.
    Final(DeliveryError),
}

impl Shared {
    pub(super) fn new(raw: RawProducer<Slot>, hook: Option<Hook>) -> Self {
        Self {
            raw,
            returns: Arc::new(Returns::new(hook)),
            line: Line::default(),
            is_closed: AtomicBool::new(false),
            requests: Mutex::default(),
        }
    }

    /// Sends a record; without room for it, it waits in line.
    pub(super) fn send(&self, record: Record) -> Delivery {
        let parcel = self.returns.take();
        match self.offer(record, &parcel) {
            Ok(()) => Delivery::sent(parcel),
            Err(Refusal::Full(record)) => self.wait_in_line(parcel, record),
            Err(Refusal::Final(error)) => {
                self.returns.ended(1);
                Returns::give(parcel);
                Delivery::refused(error, Arc::clone(&self.returns))
            }
        }
    }

    /// Sends a record if there is room for it.
    pub(super) fn try_send(&self, record: Record) -> Result<Delivery, DeliveryError> {
        let parcel = self.returns.take();
        let refusal = match self.offer(record, &parcel) {
            Ok(()) => return Ok(Delivery::sent(parcel)),
            Err(refusal) => refusal,
        };
        self.returns.ended(1);
        Returns::give(parcel);
        Err(match refusal {
            Refusal::Full(record) => DeliveryError::no_room(*record),
            Refusal::Final(error) => error,
        })
    }

    /// Hands a record over unless others are in line. It is under way from here on, also if it is refused.
    fn offer(&self, record: Record, parcel: &Arc<Parcel<Slot>>) -> Result<(), Refusal> {
        // Counted before it is looked whether there is still somebody to read the report: see `stop`.
        self.returns.begin();
        if self.is_closed() {
            return Err(Refusal::Final(DeliveryError::Closed { record: Box::new(record) }));
        }
        if !self.line.is_empty() {
            return Err(Refusal::Full(Box::new(record)));
        }
        self.hand_over(record, parcel)
    }

    /// Hands a record to librdkafka.
    pub(super) fn hand_over(&self, record: Record, parcel: &Arc<Parcel<Slot>>) -> Result<(), Refusal> {
        let topic = match self.raw.topic(&record.topic) {
            Ok(topic) => topic,
            Err(source) => {
                return Err(Refusal::Final(DeliveryError::NotTaken { record: Box::new(record), source }));
            }
        };
        let Record { topic: name, content } = record;
        match self.raw.produce(topic, content, Arc::clone(parcel)) {
            Ok(()) => Ok(()),
            Err(refused) if refused.code == ErrorCode::QUEUE_FULL => {
                Err(Refusal::Full(Box::new(Record { topic: name, content: refused.record })))
            }
            Err(refused) => Err(Refusal::Final(DeliveryError::not_taken(name, refused))),
        }
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
