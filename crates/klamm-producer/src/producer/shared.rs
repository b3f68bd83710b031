//! What the producer's handles, its deliveries and its control thread share.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::Waker,
    time::Instant,
};

use klamm_core::{
    ErrorCode,
    native::{Outgoing, RawProducer},
};

use super::close::Reply;
use crate::{Delivery, DeliveryError, Record, delivery::Slot};

/// What the producer's handles, its deliveries and its control thread share.
pub(crate) struct Shared {
    pub(crate) raw: RawProducer<Slot>,
    is_closed: AtomicBool,
    /// Deliveries that wait for room.
    waiting: Mutex<Vec<Waker>>,
    closing: Mutex<Closing>,
}

/// What is wanted of the control thread.
#[derive(Default)]
pub(crate) struct Closing {
    /// To be over by then.
    pub(crate) deadline: Option<Instant>,
    /// Who is told.
    pub(crate) replies: Vec<Reply>,
    /// Nobody is told any more.
    pub(crate) is_over: bool,
}

impl Shared {
    pub(super) fn new(raw: RawProducer<Slot>) -> Self {
        Self { raw, is_closed: AtomicBool::new(false), waiting: Mutex::default(), closing: Mutex::default() }
    }

    /// Hands a record to librdkafka, which copies it; without room the delivery waits.
    pub(crate) fn offer(self: &Arc<Self>, record: Record) -> Delivery {
        if self.is_closed() {
            return Delivery::refused(DeliveryError::Closed { record: Box::new(record) });
        }
        let outgoing = Outgoing {
            topic: &record.topic,
            partition: record.partition,
            key: record.key.as_deref(),
            payload: record.payload.as_deref(),
            timestamp: record.timestamp,
        };
        let slot = Arc::<Slot>::default();
        match self.raw.produce(outgoing, Arc::clone(&slot)) {
            Ok(()) => Delivery::sent(slot),
            Err(refused) if refused.error.code() == Some(ErrorCode::QUEUE_FULL) => {
                Delivery::waiting(Arc::clone(self), record)
            }
            Err(refused) => {
                Delivery::refused(DeliveryError::NotTaken { record: Box::new(record), source: refused.error })
            }
        }
    }

    pub(crate) fn wait_for_room(&self, waker: &Waker) {
        let mut waiting = self.waiting();
        if !waiting.iter().any(|other| other.will_wake(waker)) {
            waiting.push(waker.clone());
        }
    }

    /// Wakes the deliveries that wait for room.
    pub(crate) fn room(&self) {
        let waiting = std::mem::take(&mut *self.waiting());
        waiting.into_iter().for_each(Waker::wake);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Acquire)
    }

    pub(crate) fn stop(&self) {
        self.is_closed.store(true, Ordering::Release);
        self.room();
    }

    pub(crate) fn closing(&self) -> MutexGuard<'_, Closing> {
        self.closing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Waker>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
