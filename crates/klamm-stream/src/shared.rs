//! What the streams of one consumer, its control thread and its user share.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use klamm_core::{
    Error, ErrorKind, Start,
    native::{Batch, Client},
};

use crate::{
    consumer::CloseReport,
    control::{Alarms, Requests},
    events::Announcer,
    feed_box::FeedBox,
    partition::Table,
    stream::Cursor,
    wake::{Hub, Slot},
};

/// What the streams of one consumer, its control thread and its user share.
pub(crate) struct Shared {
    pub(crate) client: Client,
    pub(crate) hub: Arc<Hub>,
    pub(crate) table: Table,
    pub(crate) requests: Requests,
    pub(crate) feed: Arc<FeedBox>,
    pub(crate) alarms: Alarms,
    pub(crate) meters: Meters,
    pub(crate) events: Announcer,
    /// What [`recv`](crate::Consumer::recv) reads from.
    ///
    /// Locked for each message, so by a lock that costs no more than two atomic instructions.
    recv: parking_lot::Mutex<Cursor<Batch>>,
    /// What is subscribed to.
    subscription: Mutex<Vec<String>>,
    /// Whether there is a group that can be committed to.
    pub(crate) has_group: bool,
    /// Where a partition is read that has no committed offset.
    pub(crate) reset: Option<Start>,
    mail: Mutex<VecDeque<Error>>,
    mail_slot: Slot,
    delivery: Mutex<Delivery>,
    pub(crate) request_timeout: Duration,
    /// How long a revoke may be held.
    pub(crate) hold_limit: Duration,
    /// How closing went, once that is known.
    closed: Mutex<Option<CloseReport>>,
}

/// How long what may take.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    /// How long a revoke may be held.
    pub(crate) hold: Duration,
    /// How long a request of the user's may take.
    pub(crate) request: Duration,
}

/// Who takes the consumer's messages.
#[derive(Default)]
struct Delivery {
    /// Streams of all partitions, and single waits.
    streams: usize,
    /// Whether a pipeline takes them.
    is_fed: bool,
    /// Whether partitions are handed out as streams of their own.
    is_split: bool,
    /// Streams of single partitions.
    partition_streams: usize,
}

impl Delivery {
    fn is_by_partition(&self) -> bool {
        self.is_split || self.partition_streams > 0
    }
}

/// What the control thread counts, and the readers.
pub(crate) struct Meters {
    rebalances: AtomicU64,
    longest_hold_micros: AtomicU64,
    started: Instant,
    /// When a reader last looked, in milliseconds since the start, plus 1; 0 if none has.
    polled: AtomicU64,
}

impl Meters {
    fn new() -> Self {
        Self {
            rebalances: AtomicU64::new(0),
            longest_hold_micros: AtomicU64::new(0),
            started: Instant::now(),
            polled: AtomicU64::new(0),
        }
    }

    /// Notes that a reader looks for more. Done for each batch.
    pub(crate) fn polled(&self) {
        let millis = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX - 1);
        self.polled.store(millis + 1, Ordering::Relaxed);
    }

    /// Returns how long ago a reader last looked for more, if one has.
    pub(crate) fn since_polled(&self) -> Option<Duration> {
        let millis = self.polled.load(Ordering::Relaxed).checked_sub(1)?;
        Some(self.started.elapsed().saturating_sub(Duration::from_millis(millis)))
    }

    /// Counts a revoke, and how long it was held.
    pub(crate) fn revoked(&self, held: Duration) {
        self.rebalances.fetch_add(1, Ordering::Relaxed);
        let micros = u64::try_from(held.as_micros()).unwrap_or(u64::MAX);
        self.longest_hold_micros.fetch_max(micros, Ordering::Relaxed);
    }

    /// Counts an assign.
    pub(crate) fn assigned(&self) {
        self.rebalances.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn rebalances(&self) -> u64 {
        self.rebalances.load(Ordering::Relaxed)
    }

    pub(crate) fn longest_hold(&self) -> Duration {
        Duration::from_micros(self.longest_hold_micros.load(Ordering::Relaxed))
    }
}

impl Shared {
    pub(crate) fn new(
        client: Client,
        requests: Requests,
        limits: Limits,
        subscription: Vec<String>,
        has_group: bool,
        reset: Option<Start>,
    ) -> Self {
        let hub = Arc::new(Hub::new());
        hub.reserve(Table::MAIL);
        Self {
            recv: parking_lot::Mutex::new(Cursor::new(&client)),
            client,
            hub,
            table: Table::new(),
            requests,
            feed: Arc::default(),
            alarms: Alarms::default(),
            meters: Meters::new(),
            events: Announcer::new(),
            subscription: Mutex::new(subscription),
            has_group,
            reset,
            mail: Mutex::default(),
            mail_slot: Slot::new(),
            delivery: Mutex::default(),
            request_timeout: limits.request,
            hold_limit: limits.hold,
            closed: Mutex::default(),
        }
    }

    /// Delivers an error to one of the streams.
    pub(crate) fn post(&self, error: Error) {
        self.mail().push_back(error);
        self.hub.raise(Table::MAIL, &self.mail_slot);
    }

    /// Takes an error that waits for a stream.
    pub(crate) fn take_mail(&self) -> Option<Error> {
        if !self.mail_slot.claim() {
            return None;
        }
        let error = self.mail().pop_front();
        self.hub.release(Table::MAIL, &self.mail_slot, error.is_some());
        error
    }

    fn mail(&self) -> MutexGuard<'_, VecDeque<Error>> {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_closed(&self, report: CloseReport) {
        *self.closed.lock().unwrap_or_else(PoisonError::into_inner) = Some(report);
    }

    /// Returns how closing went, if it is known.
    pub(crate) fn closed(&self) -> Option<CloseReport> {
        *self.closed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn subscription(&self) -> Vec<String> {
        self.subscription.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_subscription(&self, topics: Vec<String>) {
        *self.subscription.lock().unwrap_or_else(PoisonError::into_inner) = topics;
    }

    /// Returns what `recv` reads from.
    #[inline]
    pub(crate) fn received(&self) -> parking_lot::MutexGuard<'_, Cursor<Batch>> {
        self.recv.lock()
    }

    /// Registers a stream; refused while messages are taken in another way.
    pub(crate) fn open_stream(&self) -> Result<(), Error> {
        let mut delivery = self.delivery();
        if delivery.is_fed || delivery.is_by_partition() {
            return Err(Error::from(ErrorKind::Taken));
        }
        delivery.streams += 1;
        Ok(())
    }

    /// Tells whether more than one stream is registered.
    pub(crate) fn has_other_streams(&self) -> bool {
        self.delivery().streams > 1
    }

    /// Gives back what `recv` has taken and not delivered.
    pub(crate) fn give_back_received(&self) {
        self.received().give_back(self);
    }

    pub(crate) fn close_stream(&self) {
        self.delivery().streams -= 1;
    }

    /// Registers whoever hands partitions out; refused while messages are taken in another way.
    pub(crate) fn open_partitions(&self) -> Result<(), Error> {
        let mut delivery = self.delivery();
        if delivery.is_fed || delivery.is_split || delivery.streams > 0 {
            return Err(Error::from(ErrorKind::Taken));
        }
        delivery.is_split = true;
        Ok(())
    }

    pub(crate) fn close_partitions(&self) {
        self.delivery().is_split = false;
    }

    pub(crate) fn add_partition_stream(&self) {
        self.delivery().partition_streams += 1;
    }

    pub(crate) fn remove_partition_stream(&self) {
        self.delivery().partition_streams -= 1;
    }

    /// Registers a pipeline; refused while anyone else takes messages.
    pub(crate) fn open_feed(&self) -> Result<(), Error> {
        let mut delivery = self.delivery();
        if delivery.is_fed || delivery.is_by_partition() || delivery.streams > 0 {
            return Err(Error::from(ErrorKind::Taken));
        }
        delivery.is_fed = true;
        Ok(())
    }

    pub(crate) fn close_feed(&self) {
        self.delivery().is_fed = false;
    }

    fn delivery(&self) -> MutexGuard<'_, Delivery> {
        self.delivery.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
