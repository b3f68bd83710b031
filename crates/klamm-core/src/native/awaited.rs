//! Hearing what becomes of one record.

use std::{
    fmt,
    ptr::NonNull,
    sync::Arc,
    task::{Context, Poll},
};

use super::parcel::{Parcel, Parcels};

/// The parcels of one producer, and what all who wait for an outcome have in common.
pub(super) struct Pool<O, S> {
    pub(super) parcels: Arc<Parcels<O>>,
    pub(super) common: S,
}

impl<O, S> Pool<O, S> {
    pub(super) fn new(common: S) -> Self {
        Self { parcels: Arc::new(Parcels::new()), common }
    }
}

/// The outcome of a record that was sent, to come: what [`RawProducer::deliveries`](super::RawProducer::deliveries) made of
/// its report. Dropping this gives it up, and not the record.
#[must_use = "nobody else hears of the outcome"]
pub struct Awaited<O, S> {
    pool: Arc<Pool<O, S>>,
    /// Until it was heard of, or given up.
    parcel: Option<NonNull<Parcel<O>>>,
}

// SAFETY: this is the side that receives, wherever it is.
unsafe impl<O: Send, S: Send + Sync> Send for Awaited<O, S> {}
// SAFETY: nothing of the parcel is reached through a shared reference.
unsafe impl<O: Send, S: Send + Sync> Sync for Awaited<O, S> {}

impl<O, S> Awaited<O, S> {
    /// Returns the side that hears of a record's outcome.
    ///
    /// # Safety
    ///
    /// * The parcel was loaded by the pool's parcels, and this is called once for that.
    #[inline]
    pub(super) unsafe fn new(pool: &Arc<Pool<O, S>>, parcel: NonNull<Parcel<O>>) -> Self {
        Self { pool: Arc::clone(pool), parcel: Some(parcel) }
    }

    /// Returns what all have in common.
    pub fn common(&self) -> &S {
        &self.pool.common
    }

    /// Returns the outcome, or has the task woken when it is there.
    ///
    /// # Panics
    ///
    /// If the outcome was returned, or given up.
    #[inline]
    pub fn poll(&mut self, cx: &Context<'_>) -> Poll<O> {
        let parcel = self.parcel.expect("an outcome is asked for that was heard of");
        // SAFETY: the parcel lives as long as its `Parcels`.
        let outcome = unsafe { parcel.as_ref() }.outcome();
        // SAFETY: this is the one side that receives, and forgets the parcel below.
        let polled = unsafe { outcome.poll(cx) };
        if polled.is_ready() {
            self.parcel = None;
            self.pool.parcels.release(parcel);
        }
        polled
    }

    /// Gives the outcome up; returns it if it is there already, and nobody has heard of it.
    pub fn close(&mut self) -> Option<O> {
        let parcel = self.parcel.take()?;
        // SAFETY: the parcel lives as long as its `Parcels`.
        let outcome = unsafe { parcel.as_ref() }.outcome();
        // SAFETY: this is the one side that receives, and the parcel is forgotten.
        let outcome = unsafe { outcome.close() }?;
        self.pool.parcels.release(parcel);
        Some(outcome)
    }
}

impl<O, S> Drop for Awaited<O, S> {
    #[inline]
    fn drop(&mut self) {
        if self.parcel.is_some() {
            self.close();
        }
    }
}

impl<O, S> fmt::Debug for Awaited<O, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Awaited").field("is_over", &self.parcel.is_none()).finish_non_exhaustive()
    }
}
