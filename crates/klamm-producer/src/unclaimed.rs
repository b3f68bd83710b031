//! Records that were not delivered, and of which nobody waits to hear.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicU64, Ordering},
};

use crate::DeliveryError;

/// What the user wants done with a record that was not delivered.
pub(crate) type Hook = Box<dyn Fn(DeliveryError) + Send + Sync>;

/// Where records go that were not delivered, and of which nobody waits to hear: counted, and handed to a hook or logged.
pub(crate) struct Unclaimed {
    count: AtomicU64,
    hook: Option<Hook>,
}

impl Unclaimed {
    pub(crate) fn new(hook: Option<Hook>) -> Self {
        Self { count: AtomicU64::new(0), hook }
    }

    /// Returns how many there were.
    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// Receives records, on whatever thread has them, with nothing locked.
    pub(crate) fn receive(&self, errors: impl IntoIterator<Item = DeliveryError>) {
        let mut first = None;
        let mut count = 0;
        for error in errors {
            count += 1;
            let Some(hook) = &self.hook else {
                first = first.or(Some(error));
                continue;
            };
            if catch_unwind(AssertUnwindSafe(|| hook(error))).is_err() {
                tracing::error!(target: "klamm", "the hook for undelivered records panicked");
            }
        }
        self.count.fetch_add(count, Ordering::Relaxed);
        if let Some(error) = first {
            let (topic, error) = (error.record().topic(), &error as &dyn std::error::Error);
            tracing::warn!(target: "klamm", count, topic, error, "records were not delivered, and nobody waits for them");
        }
    }
}
