//! What comes back: parcels to be used again, and records that nobody waits for.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use klamm_core::native::Parcel;

use crate::{
    delivery::Slot,
    unclaimed::{Hook, Unclaimed},
};

/// How many parcels are kept at most: 4 MiB of them.
const KEPT: usize = 16 * 1024;

/// What comes back: parcels to be used again, so that sending allocates none once as many are there as are under way, and
/// records that nobody waits for.
pub(crate) struct Returns {
    /// The parcels, each of which refers to this; `None` when no more are wanted.
    parcels: Mutex<Option<Vec<Arc<Parcel<Slot>>>>>,
    pub(crate) unclaimed: Unclaimed,
    /// Records that were sent, and have not come to an end.
    under_way: AtomicUsize,
}

impl Returns {
    pub(super) fn new(hook: Option<Hook>) -> Self {
        Self {
            parcels: Mutex::new(Some(Vec::new())),
            unclaimed: Unclaimed::new(hook),
            under_way: AtomicUsize::new(0),
        }
    }

    /// Takes a parcel, a new one if need be.
    #[inline]
    pub(super) fn take(self: &Arc<Self>) -> Arc<Parcel<Slot>> {
        let kept = self.lock().as_mut().and_then(Vec::pop);
        kept.unwrap_or_else(|| Arc::new(Parcel::new(Slot::new(Arc::clone(self)))))
    }

    /// Gives a parcel back whose slot is ready for another record, unless somebody else has it still: who has it last gives it
    /// back, or it is freed.
    #[inline]
    pub(crate) fn give(mut parcel: Arc<Parcel<Slot>>) {
        let Some(alone) = Arc::get_mut(&mut parcel) else { return };
        alone.clear();
        let returns = Arc::clone(parcel.value().returns());
        if let Some(parcels) = returns.lock().as_mut().filter(|parcels| parcels.len() < KEPT) {
            parcels.push(parcel);
        }
    }

    /// Keeps no more parcels: they and this would keep each other for ever.
    pub(crate) fn close(&self) {
        let parcels = self.lock().take();
        drop(parcels);
    }

    /// Notes that a record is sent.
    #[inline]
    pub(super) fn begin(&self) {
        self.under_way.fetch_add(1, Ordering::SeqCst);
    }

    /// Notes that records have come to an end. The control thread, which may wait for the last one, looks again in a while.
    #[inline]
    pub(crate) fn ended(&self, records: usize) {
        self.under_way.fetch_sub(records, Ordering::SeqCst);
    }

    /// Returns how many records were sent and have not come to an end.
    pub(crate) fn under_way(&self) -> usize {
        self.under_way.load(Ordering::SeqCst)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Vec<Arc<Parcel<Slot>>>>> {
        self.parcels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Waker};

    use super::*;
    use crate::{Delivery, DeliveryError, Record};

    #[test]
    fn a_parcel_whose_failure_nobody_has_heard_is_ready_for_another_record() {
        let returns = Arc::new(Returns::new(None));
        let parcel = returns.take();
        // Who has read the report has not let go of it yet.
        let other = Arc::clone(&parcel);
        let delivery = Delivery::sent(parcel);
        let error = DeliveryError::Closed { record: Box::new(Record::to("orders")) };
        assert!(other.value().fill(Err(error)).is_ok());
        drop(delivery);
        assert_eq!(returns.unclaimed.count(), 1);
        let place = Arc::as_ptr(&other);
        Returns::give(other);
        let again = returns.take();
        assert_eq!(Arc::as_ptr(&again), place);
        assert!(again.value().poll(&Context::from_waker(Waker::noop())).is_pending());
    }
}
