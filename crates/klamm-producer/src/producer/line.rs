//! Records for which there is no room in librdkafka's queue.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::Waker,
};

use klamm_core::native::Parcel;

use super::{
    Returns,
    shared::{Refusal, Shared},
};
use crate::{
    Delivery, DeliveryError, Record,
    delivery::{LeftLine, Outcome, Slot},
};

/// The records for which there was no room in librdkafka's queue, in the order of their sends. They are handed over when
/// reports have made room, whether their deliveries are awaited or not, and before any record that is sent later.
#[derive(Default)]
pub(crate) struct Line {
    /// Each with its record in its slot, unless that was given up.
    parcels: Mutex<VecDeque<Arc<Parcel<Slot>>>>,
    len: AtomicUsize,
}

impl Line {
    /// Tells whether nobody is in line, which is then over for what is sent from here on.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.len.load(Ordering::Acquire) == 0
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Arc<Parcel<Slot>>>> {
        self.parcels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is to be done about records that have left the line, once it is not locked.
#[derive(Default)]
struct Leaving {
    wakers: Vec<Waker>,
    unclaimed: Vec<DeliveryError>,
    ended: usize,
}

impl Leaving {
    fn end(&mut self, slot: &Slot, outcome: Outcome) {
        self.ended += 1;
        match slot.fill(outcome) {
            Ok(waker) => self.wakers.extend(waker),
            Err(outcome) => self.unclaimed.extend(outcome.err()),
        }
    }

    fn settle(self, returns: &Returns) {
        returns.ended(self.ended);
        self.wakers.into_iter().for_each(Waker::wake);
        returns.unclaimed.receive(self.unclaimed);
    }
}

impl Shared {
    /// Puts a record at the end of the line.
    #[cold]
    pub(super) fn wait_in_line(&self, parcel: Arc<Parcel<Slot>>, record: Box<Record>) -> Delivery {
        let mut line = self.line.lock();
        if self.is_closed() {
            drop(line);
            self.returns.ended(1);
            return Delivery::refused(DeliveryError::Closed { record }, Arc::clone(&self.returns));
        }
        parcel.value().put_in_line(record);
        line.push_back(Arc::clone(&parcel));
        // Known to be in line before it is looked for room: room that came before is noticed here, and room that comes later by
        // who reads reports.
        self.line.len.store(line.len(), Ordering::Release);
        let leaving = self.advance_locked(&mut line);
        drop(line);
        leaving.settle(&self.returns);
        Delivery::sent(parcel)
    }

    /// Tells whether nothing waits for room.
    pub(crate) fn is_line_empty(&self) -> bool {
        self.line.is_empty()
    }

    /// Hands over what is in line, as far as there is room.
    #[inline]
    pub(crate) fn advance(&self) {
        if !self.line.is_empty() {
            let leaving = self.advance_locked(&mut self.line.lock());
            leaving.settle(&self.returns);
        }
    }

    fn advance_locked(&self, line: &mut VecDeque<Arc<Parcel<Slot>>>) -> Leaving {
        let mut leaving = Leaving::default();
        while let Some(parcel) = line.front() {
            let mut refused = None;
            let left = parcel.value().leave_line(|record| match self.hand_over(*record, parcel) {
                Ok(()) => Ok(()),
                Err(Refusal::Full(record)) => Err(record),
                Err(Refusal::Final(error)) => {
                    refused = Some(error);
                    Ok(())
                }
            });
            match left {
                LeftLine::Yes(waker) => leaving.wakers.extend(waker),
                LeftLine::NoRoom => break,
            }
            if let Some(error) = refused {
                leaving.end(parcel.value(), Err(error));
            }
            line.pop_front();
        }
        self.line.len.store(line.len(), Ordering::Release);
        leaving
    }

    /// Gives up what is in line, and returns how many those are.
    pub(crate) fn disperse(&self, why: impl Fn(Box<Record>) -> DeliveryError) -> usize {
        let mut leaving = Leaving::default();
        let mut line = self.line.lock();
        for parcel in line.drain(..) {
            if let Some(record) = parcel.value().leave_closed() {
                leaving.end(parcel.value(), Err(why(record)));
            }
        }
        self.line.len.store(0, Ordering::Release);
        drop(line);
        let given_up = leaving.ended;
        leaving.settle(&self.returns);
        given_up
    }
}
