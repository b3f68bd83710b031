//! What the readers of one consumer have delivered, and how one waits for that.

use std::{
    sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use klamm_core::{Message, SharedMessage};

use crate::check::{Clock, Delivery};

/// Every so many messages a reader keeps one.
const KEPT: i64 = 5;

/// What the readers of one consumer have delivered, and how one waits for that.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) clock: Clock,
    /// By partition.
    deliveries: Mutex<Vec<Vec<Delivery>>>,
    kept: Mutex<Vec<SharedMessage>>,
    /// What went wrong at once.
    failed: OnceLock<String>,
    rest: Mutex<()>,
    has_rested: Condvar,
}

impl Log {
    pub(crate) fn new(partitions: i32) -> Self {
        let log = Self::default();
        log.deliveries().resize(usize::try_from(partitions).unwrap_or(0), Vec::new());
        log
    }

    pub(crate) fn deliveries(&self) -> MutexGuard<'_, Vec<Vec<Delivery>>> {
        self.deliveries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn take_kept(&self) -> Vec<SharedMessage> {
        std::mem::take(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn fail(&self, what: String) {
        self.failed.set(what).ok();
        self.tell();
    }

    pub(crate) fn failed(&self) -> Option<&str> {
        self.failed.get().map(String::as_str)
    }

    /// Waits until a condition holds that can come true when a reader comes to rest. Returns whether it does in time.
    pub(crate) fn wait(&self, within: Duration, mut is_so: impl FnMut() -> bool) -> bool {
        let deadline = Instant::now() + within;
        let mut rest = self.rest.lock().unwrap_or_else(PoisonError::into_inner);
        while self.failed().is_none() && !is_so() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            rest = self.has_rested.wait_timeout(rest, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    pub(crate) fn tell(&self) {
        drop(self.rest.lock().unwrap_or_else(PoisonError::into_inner));
        self.has_rested.notify_all();
    }

    pub(crate) fn deliver<M: Message>(
        &self,
        message: M,
        lane: usize,
        begin: u64,
        share: impl FnOnce(M) -> SharedMessage,
    ) {
        let end = self.clock.now();
        let (partition, offset) = (message.partition(), message.offset());
        if message.payload() != Some(payload(partition, offset).as_bytes()) {
            self.fail(format!("{partition}@{offset} holds {:?}", message.payload()));
        }
        let delivery = Delivery { offset, epoch: message.epoch(), lane, begin, end };
        let index = usize::try_from(partition).expect("it is not negative");
        self.deliveries()[index].push(delivery);
        if offset % KEPT == 0 {
            self.kept.lock().unwrap_or_else(PoisonError::into_inner).push(share(message));
        }
    }
}

/// What is written at an offset.
pub(crate) fn payload(partition: i32, offset: i64) -> String {
    format!("{partition}@{offset}")
}
