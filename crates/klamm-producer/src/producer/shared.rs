//! What the producer's handles, its deliveries and its control thread share.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Instant,
};

use event_listener::Event;
use klamm_core::{
    ErrorCode,
    native::{Outgoing, RawProducer},
};

use super::{close::Reply, contract::Hastening};
use crate::{Delivery, DeliveryError, Record, delivery::Slot};

/// What the producer's handles, its deliveries and its control thread share.
pub(crate) struct Shared {
    pub(crate) raw: RawProducer<Slot>,
    is_closed: AtomicBool,
    /// Records that are being handed over just now.
    offers: AtomicUsize,
    /// Told when there is room.
    pub(crate) room: Event,
    closing: Mutex<Closing>,
    pub(super) hastening: Hastening,
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
        Self {
            raw,
            is_closed: AtomicBool::new(false),
            offers: AtomicUsize::new(0),
            room: Event::new(),
            closing: Mutex::default(),
            hastening: Hastening::default(),
        }
    }

    /// Hands a record to librdkafka, which copies it; without room the delivery waits.
    pub(crate) fn offer(self: &Arc<Self>, record: Record) -> Delivery {
        // Counted before it is looked whether there is still somebody to read the report: see `stop`.
        self.offers.fetch_add(1, Ordering::SeqCst);
        let delivery = self.hand_over(record);
        self.offers.fetch_sub(1, Ordering::SeqCst);
        delivery
    }

    fn hand_over(self: &Arc<Self>, record: Record) -> Delivery {
        if self.is_closed.load(Ordering::SeqCst) {
            return Delivery::refused(DeliveryError::Closed { record: Box::new(record) });
        }
        let outgoing = Outgoing {
            topic: &record.topic,
            partition: record.partition,
            key: record.key.as_deref(),
            payload: record.payload.as_deref(),
            timestamp: record.timestamp,
            headers: record.headers.as_headers(),
        };
        let mut slot = Arc::<Slot>::default();
        let mut was_empty = false;
        loop {
            let refused = match self.raw.produce(outgoing, Arc::clone(&slot)) {
                Ok(()) => return Delivery::sent(slot),
                Err(refused) => refused,
            };
            let is_empty = self.raw.outstanding() == 0;
            if refused.error.code() == Some(ErrorCode::QUEUE_FULL) && !is_empty {
                return Delivery::waiting(Arc::clone(self), record);
            }
            // A queue that is full with nothing in it will never have room. Asked twice, since it may just have emptied.
            if refused.error.code() != Some(ErrorCode::QUEUE_FULL) || was_empty {
                let source = refused.error;
                return Delivery::refused(DeliveryError::NotTaken { record: Box::new(record), source });
            }
            was_empty = true;
            slot = refused.token;
        }
    }

    /// Takes no more records.
    pub(crate) fn stop(&self) {
        self.is_closed.store(true, Ordering::SeqCst);
        // Those that wait for room are to hear of it.
        self.room.notify(usize::MAX);
    }

    /// Waits for the records that are being handed over, which takes as long as copying one: after [`stop`](Self::stop)
    /// and this there will be no more.
    pub(crate) fn wait_for_offers(&self) {
        while self.offers.load(Ordering::SeqCst) > 0 {
            std::thread::yield_now();
        }
    }

    pub(crate) fn closing(&self) -> MutexGuard<'_, Closing> {
        self.closing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
