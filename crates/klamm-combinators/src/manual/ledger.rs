//! What is acknowledged, on any thread and without a lock.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use super::driver::Drive;
use crate::{
    OnDrop, Outcome, Report,
    credits::Credits,
    tracker::{Marks, Ticket},
};

/// What the pipeline and those who acknowledge share.
#[derive(Debug)]
pub(super) struct Ledger {
    credits: Arc<Credits>,
    on_drop: OnDrop,
    /// A bit for each slot, modulo 64, in which something was acknowledged.
    touched: AtomicU64,
    processed: AtomicU64,
    skipped: AtomicU64,
    stale: AtomicU64,
    abandoned: AtomicU64,
    /// Messages whose acknowledgement was dropped, if that is to have consequences.
    dropped: Mutex<Vec<Ticket>>,
}

impl Ledger {
    pub(super) fn new(credits: Arc<Credits>, on_drop: OnDrop) -> Self {
        Self {
            credits,
            on_drop,
            touched: AtomicU64::new(0),
            processed: AtomicU64::new(0),
            skipped: AtomicU64::new(0),
            stale: AtomicU64::new(0),
            abandoned: AtomicU64::new(0),
            dropped: Mutex::default(),
        }
    }

    /// Takes what was acknowledged since it was last looked: a bit for each slot, modulo 64, and the counts.
    pub(super) fn take(&self) -> (u64, Report) {
        let take = |count: &AtomicU64| count.swap(0, Ordering::Acquire);
        let report = Report {
            processed: take(&self.processed),
            skipped: take(&self.skipped),
            stale: take(&self.stale),
            abandoned: take(&self.abandoned),
            ..Report::default()
        };
        (take(&self.touched), report)
    }

    pub(super) fn on_drop(&self) -> OnDrop {
        self.on_drop
    }

    /// Takes the messages whose acknowledgement was dropped.
    pub(super) fn take_dropped(&self) -> Vec<Ticket> {
        std::mem::take(&mut *self.dropped.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The right to say once that one message is done.
#[derive(Debug)]
pub(super) struct Mark {
    driver: Arc<dyn Drive>,
    marks: Arc<Marks>,
    ticket: Ticket,
    bytes: usize,
    is_done: bool,
}

impl Mark {
    /// Takes the right to a message that was held, of so many bytes.
    pub(super) fn new(driver: Arc<dyn Drive>, marks: Arc<Marks>, ticket: Ticket, bytes: usize) -> Self {
        marks.start();
        Self { driver, marks, ticket, bytes, is_done: false }
    }

    pub(super) fn driver(&self) -> &Arc<dyn Drive> {
        &self.driver
    }

    /// Says that the message is done.
    pub(super) fn settle(mut self, outcome: Outcome) {
        let ledger = self.driver.ledger();
        self.is_done = true;
        if !self.marks.set(self.ticket.sequence) {
            ledger.stale.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let count = match outcome {
            Outcome::Done => &ledger.processed,
            Outcome::Skip(_) => &ledger.skipped,
        };
        count.fetch_add(1, Ordering::Relaxed);
        ledger.touched.fetch_or(1 << (self.ticket.epoch.slot() % 64), Ordering::Release);
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        let ledger = self.driver.ledger();
        self.marks.stop();
        if !self.is_done && !self.marks.is_closed() {
            ledger.abandoned.fetch_add(1, Ordering::Relaxed);
            if ledger.on_drop != OnDrop::Hold {
                ledger.dropped.lock().unwrap_or_else(PoisonError::into_inner).push(self.ticket);
            }
        }
        // Last, since it wakes the pipeline, which then looks at all this.
        ledger.credits.give(self.bytes);
    }
}
