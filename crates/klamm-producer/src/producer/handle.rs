//! The producer.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use klamm_core::Config;

use super::{Builder, Shared};
use crate::{Delivery, Record};

/// How long a producer whose handles are all gone goes on delivering.
const ABANDON_WITHIN: Duration = Duration::from_secs(60);

/// A producer. Clones are the same producer.
///
/// When the last clone is dropped it goes on delivering in the background, up to a minute;
/// [`close`](Self::close) waits for that and says what was not delivered.
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
        self.shared.closing().deadline.get_or_insert_with(|| Instant::now() + ABANDON_WITHIN);
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
    /// The record is taken at once, in the order of calls, and copied. Where librdkafka's queue is full
    /// (`queue.buffering.max.messages`, `queue.buffering.max.kbytes`) the delivery waits for room when it is awaited;
    /// nothing sleeps.
    pub fn send(&self, record: Record) -> Delivery {
        self.inner.shared.offer(record)
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.inner.shared
    }
}

impl fmt::Debug for Producer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Producer").field("raw", &self.shared().raw).finish_non_exhaustive()
    }
}
