//! The producer.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use klamm_core::Config;

use super::{Builder, Shared};
use crate::{Delivery, DeliveryError, Record, RecordSink};

/// How long a producer whose handles are all gone goes on delivering.
const ABANDON_WITHIN: Duration = Duration::from_secs(60);

/// A producer. Clones are the same producer.
///
/// # Delivery
///
/// Every record that is sent comes to one end. It is delivered; or it is not, and comes back: as the error of its
/// [`Delivery`], or from [`close`](Self::close) or through [`Builder::on_undelivered`] if its delivery was dropped. Records
/// of a partition are in the log in the order in which they were sent, unless one is sent again (`enable.idempotence`).
///
/// When the last clone is dropped, which never blocks, it goes on delivering in the background, up to a minute;
/// [`close`](Self::close) waits for that and says what was not delivered.
///
/// # Memory
///
/// Beside what librdkafka has of it, a record needs a place of less than 256 bytes from its sending until its delivery is heard
/// of or dropped. A producer keeps as many places as it ever needed at once, until it and its deliveries are gone; records
/// that wait in line need theirs only once they are handed over.
#[derive(Clone)]
pub struct Producer {
    inner: Arc<Handle>,
}

/// What the user's clones share, and the control thread does not: when it goes, nobody is left.
struct Handle {
    shared: Arc<Shared>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.requests().close_by.get_or_insert_with(|| Instant::now() + ABANDON_WITHIN);
        self.shared.raw.interrupt().interrupt();
    }
}

impl Producer {
    /// Begins with settings; end with [`Builder::start`].
    pub fn builder(config: Config) -> Builder {
        Builder::new(config)
    }

    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { inner: Arc::new(Handle { shared }) }
    }

    /// Sends a record. Awaiting the delivery gives its partition, offset and timestamp.
    ///
    /// The record is taken at once, in the order of calls. Where librdkafka's queue is full
    /// (`queue.buffering.max.messages`, `queue.buffering.max.kbytes`) it waits in line, and is handed over when delivery
    /// reports have made room, before any record that is sent later; nothing sleeps. The line has no limit of its own:
    /// await deliveries, or use [`try_send`](Self::try_send), to be held up by a full queue.
    pub fn send(&self, record: Record) -> Delivery {
        self.inner.shared.send(record)
    }

    /// Sends a record if there is room for it now.
    ///
    /// # Errors
    ///
    /// [`DeliveryError::NotTaken`] with [`QUEUE_FULL`](klamm_core::ErrorCode::QUEUE_FULL) if there is no room, or others
    /// wait for it; whatever else is wrong with the record or the producer and known at once. The record is in the error.
    pub fn try_send(&self, record: Record) -> Result<Delivery, DeliveryError> {
        self.inner.shared.try_send(record)
    }

    /// Sends records, in order, as [`send`](Self::send) does, and returns their deliveries in the same order.
    ///
    /// To wait for all of them, await one after another, or all with `futures::future::try_join_all`.
    pub fn send_all(&self, records: impl IntoIterator<Item = Record>) -> Vec<Delivery> {
        records.into_iter().map(|record| self.send(record)).collect()
    }

    /// Returns a sink of records, which has up to `in_flight` of them under way (at least one).
    pub fn sink(&self, in_flight: usize) -> RecordSink {
        RecordSink::new(self.clone(), in_flight)
    }

    /// Returns how many records are under way: sent, and neither delivered nor refused.
    pub fn in_flight(&self) -> usize {
        self.shared().returns.under_way()
    }

    /// Returns how many records were not delivered although their deliveries were dropped, so that
    /// [`Builder::on_undelivered`] was called.
    pub fn undelivered(&self) -> u64 {
        self.shared().returns.unclaimed.count()
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.inner.shared
    }
}

impl fmt::Debug for Producer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Producer").field("raw", &self.shared().raw).finish_non_exhaustive()
    }
}
