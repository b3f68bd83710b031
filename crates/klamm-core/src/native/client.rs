//! A client's handle, and what it has to say outside of its queues.

use std::{
    any::Any,
    collections::{HashSet, VecDeque},
    ffi::{CStr, c_char, c_int, c_void},
    fmt,
    mem::ManuallyDrop,
    ptr::{self, NonNull},
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
};

use super::code::{check, check_error};
use super::config::{NativeConfig, short_value};
use super::guard::guarded;
use super::ledger::{
    RD_KAFKA_EVENT_DR, RD_KAFKA_EVENT_ERROR, RD_KAFKA_EVENT_LOG, RD_KAFKA_EVENT_OAUTHBEARER_TOKEN_REFRESH,
    RD_KAFKA_EVENT_OFFSET_COMMIT, RD_KAFKA_EVENT_REBALANCE, RD_KAFKA_EVENT_STATS, rd_kafka_conf,
    rd_kafka_destroy, rd_kafka_fatal_error, rd_kafka_new, rd_kafka_poll_set_consumer,
    rd_kafka_sasl_background_callbacks_enable, rd_kafka_set_log_queue, rd_kafka_t, rd_kafka_type_t,
};
use super::partitioner::Partitioner;
use super::reaper;
use super::text::copied;
use crate::{
    Config, ConfigError, Error, ErrorCode, TopicPartition, config::Secrets, message::Topic,
    message::TopicTable, oauth,
};

/// A client of the cluster. Clones are the same client; the last one to go hands its handle to the reaper.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

/// What librdkafka calls and reads until the client is destroyed, and for ever if it is not.
#[derive(Default)]
pub(super) struct Lent {
    /// What chooses partitions.
    pub(super) partitioner: Option<Arc<Partitioner>>,
    /// What owns the payloads of records.
    pub(super) _parcels: Option<Arc<dyn Any + Send + Sync>>,
}

/// A client, for what belongs to it and must not keep it alive.
#[derive(Clone, Default)]
pub(crate) struct WeakClient {
    inner: Weak<Inner>,
}

impl WeakClient {
    pub(crate) fn upgrade(&self) -> Option<Client> {
        Some(Client { inner: self.inner.upgrade()? })
    }
}

struct Inner {
    rk: NonNull<rd_kafka_t>,
    sink: NonNull<ErrorSink>,
    lent: Lent,
    secrets: Secrets,
    topics: TopicTable,
    /// The partitions whose queue has an owner.
    split: Mutex<HashSet<TopicPartition>>,
}

// SAFETY: N4, librdkafka locks its handle for itself; the sink is `Sync`, and the rest is Rust.
unsafe impl Send for Inner {}
// SAFETY: as above.
unsafe impl Sync for Inner {}

/// An error that librdkafka has for the application, not for a request of its.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientEvent {
    /// The code.
    pub code: ErrorCode,
    /// librdkafka's words.
    pub reason: String,
    /// Whether the client is of no further use.
    pub is_fatal: bool,
    /// The partition it is about, and the offset that was asked for.
    pub partition: Option<(TopicPartition, i64)>,
}

/// Where errors wait that arrive on a queue which is read as messages.
#[derive(Default)]
struct ErrorSink {
    any: AtomicBool,
    errors: Mutex<VecDeque<ClientEvent>>,
}

impl Client {
    /// Starts a consumer, whose main queue is part of its consumer queue.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if a key, a value or the whole does not fit;
    /// [`ErrorKind::Operation`](crate::ErrorKind::Operation) if librdkafka cannot start.
    pub fn consumer(config: &Config) -> Result<Self, Error> {
        let events = RD_KAFKA_EVENT_REBALANCE
            | RD_KAFKA_EVENT_OFFSET_COMMIT
            | RD_KAFKA_EVENT_ERROR
            | RD_KAFKA_EVENT_STATS
            | RD_KAFKA_EVENT_LOG;
        let client = Self::start(config, rd_kafka_type_t::RD_KAFKA_CONSUMER, events, Lent::default())?;
        // SAFETY: the handle is live (N1); it is a consumer's.
        let code = unsafe { rd_kafka_poll_set_consumer(client.as_ptr()) };
        check("rd_kafka_poll_set_consumer", code as c_int)?;
        Ok(client)
    }

    /// Starts a producer.
    ///
    /// # Errors
    ///
    /// As [`Client::consumer`].
    pub fn producer(config: &Config) -> Result<Self, Error> {
        Self::lent_producer(config, Lent::default())
    }

    /// Starts a producer that is lent something.
    pub(super) fn lent_producer(config: &Config, lent: Lent) -> Result<Self, Error> {
        let events = RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_STATS | RD_KAFKA_EVENT_LOG;
        Self::start(config, rd_kafka_type_t::RD_KAFKA_PRODUCER, events, lent)
    }

    fn start(config: &Config, kind: rd_kafka_type_t, events: c_int, lent: Lent) -> Result<Self, Error> {
        let mut native = NativeConfig::new(config)?;
        if let Some(partitioner) = &lent.partitioner {
            // SAFETY: the client keeps it, and `Doomed` until the client is destroyed; without a client nobody calls it.
            unsafe { native.set_partitioner(Arc::as_ptr(partitioner)) };
        }
        // Logs arrive as events, on whatever thread reads the client's queue, and not on the standard error.
        native.set("log.queue", "true")?;
        native.set_events(events | RD_KAFKA_EVENT_OAUTHBEARER_TOKEN_REFRESH);
        let is_unsecured = oauth::is_made_unsecured(config);
        if is_unsecured {
            native.enable_sasl_queue();
        }
        let sink = Box::into_raw(Box::<ErrorSink>::default());
        // SAFETY: the sink is freed by `Doomed::destroy` only, after the client, or below if there is no client.
        unsafe { native.set_error_callback(on_error, sink.cast()) };
        let mut reason = [0 as c_char; 512];
        // SAFETY: the configuration is ours, and forgotten below if the client takes it (N3); the buffer is as long as
        // it is said to be.
        let rk = unsafe { rd_kafka_new(kind, native.as_ptr(), reason.as_mut_ptr(), reason.len()) };
        let Some(rk) = NonNull::new(rk) else {
            // SAFETY: made by `Box::into_raw` above, and there is no client that could call back.
            drop(unsafe { Box::from_raw(sink) });
            // SAFETY: librdkafka ends what it writes with NUL, within the buffer's length.
            let reason = native.secrets().blot(unsafe { copied(reason.as_ptr()) });
            return Err(ConfigError::Inconsistent { reason }.into());
        };
        let secrets = native.taken_over();
        let sink = NonNull::new(sink).expect("a box is not null");
        let (topics, split) = (TopicTable::default(), Mutex::default());
        let inner = Inner { rk, sink, lent, secrets, topics, split };
        let client = Self { inner: Arc::new(inner) };
        // SAFETY: the handle is live (N1); null stands for the main queue, which costs no reference.
        let code = unsafe { rd_kafka_set_log_queue(client.as_ptr(), ptr::null_mut()) };
        check("rd_kafka_set_log_queue", code as c_int)?;
        if is_unsecured {
            // A queue that is read as events calls no callback, not even librdkafka's own: its thread is to do that.
            // SAFETY: the handle is live (N1).
            let error = unsafe { rd_kafka_sasl_background_callbacks_enable(client.as_ptr()) };
            // SAFETY: null, or ours to free.
            unsafe { check_error("rd_kafka_sasl_background_callbacks_enable", error) }?;
        }
        Ok(client)
    }

    /// Returns the stored entry of a topic's name.
    pub fn topic(&self, name: &str) -> &Topic {
        self.inner.topics.intern(name, || WeakClient { inner: Arc::downgrade(&self.inner) })
    }

    /// Tells whether errors have arrived on queues which are read as messages: one load.
    #[inline]
    pub fn has_errors(&self) -> bool {
        // SAFETY: the sink lives as long as the handle (N1) and is only read through shared references.
        let sink = unsafe { self.inner.sink.as_ref() };
        sink.any.load(Ordering::Relaxed)
    }

    /// Takes the errors that arrived on queues which are read as messages.
    pub fn take_errors(&self) -> VecDeque<ClientEvent> {
        // SAFETY: the sink lives as long as the handle (N1) and is only read through shared references.
        let sink = unsafe { self.inner.sink.as_ref() };
        if sink.any.swap(false, Ordering::Acquire) {
            let mut errors = std::mem::take(&mut *sink.errors.lock().unwrap_or_else(PoisonError::into_inner));
            for error in &mut errors {
                error.reason = self.blot(error.code, std::mem::take(&mut error.reason));
            }
            errors
        } else {
            VecDeque::new()
        }
    }

    /// Returns a setting that the client has, if its value is short, as a number and a choice are.
    pub fn setting(&self, key: &CStr) -> Option<String> {
        // SAFETY: the handle is live (N1), and its configuration lives as long.
        let conf = unsafe { rd_kafka_conf(self.as_ptr()) };
        // SAFETY: as said.
        unsafe { short_value(conf, key) }
    }

    /// Returns the error that made the client useless, if one did.
    pub fn fatal_error(&self) -> Option<(ErrorCode, String)> {
        let mut reason = [0 as c_char; 512];
        // SAFETY: the handle is live (N1); the buffer is as long as it is said to be.
        let code = unsafe { rd_kafka_fatal_error(self.as_ptr(), reason.as_mut_ptr(), reason.len()) };
        let code = ErrorCode::check(code as c_int)?;
        // SAFETY: with an error librdkafka fills the buffer and ends it with NUL.
        let reason = unsafe { copied(reason.as_ptr()) };
        Some((code, self.blot(code, reason)))
    }

    /// Takes the configuration's secrets out of what librdkafka says of an error.
    ///
    /// Of a topic it says the name, which may have a piece in common with a secret and must stay what it is.
    pub(super) fn blot(&self, code: ErrorCode, reason: String) -> String {
        match code {
            ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
            | ErrorCode::LOCAL_UNKNOWN_TOPIC
            | ErrorCode::INVALID_TOPIC_EXCEPTION
            | ErrorCode::TOPIC_AUTHORIZATION_FAILED => reason,
            _ => self.inner.secrets.blot(reason),
        }
    }

    pub(crate) fn topics(&self) -> &TopicTable {
        &self.inner.topics
    }

    pub(super) fn as_ptr(&self) -> *mut rd_kafka_t {
        self.inner.rk.as_ptr()
    }

    /// Tells whether both are the same client.
    #[inline]
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }

    /// Notes that a partition's queue has an owner; false if it has one already.
    pub(super) fn take_split(&self, partition: &TopicPartition) -> bool {
        self.inner.split.lock().unwrap_or_else(PoisonError::into_inner).insert(partition.clone())
    }

    pub(super) fn return_split(&self, partition: &TopicPartition) {
        self.inner.split.lock().unwrap_or_else(PoisonError::into_inner).remove(partition);
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Client").field(&self.inner.rk).finish()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let lent = ManuallyDrop::new(std::mem::take(&mut self.lent));
        reaper::destroy(Doomed { rk: self.rk, sink: self.sink, lent });
    }
}

/// A client that nobody has any more.
pub(super) struct Doomed {
    rk: NonNull<rd_kafka_t>,
    sink: NonNull<ErrorSink>,
    lent: ManuallyDrop<Lent>,
}

// SAFETY: N4; the reaper is the only one left to use either.
unsafe impl Send for Doomed {}

impl Doomed {
    pub(super) fn destroy(self) {
        // SAFETY: the last `Client` is gone, and with it every message, queue and event (N1); this is the reaper (N2).
        unsafe { rd_kafka_destroy(self.rk.as_ptr()) };
        // SAFETY: made by `Box::into_raw`; the client that could call back with it is gone.
        drop(unsafe { Box::from_raw(self.sink.as_ptr()) });
        drop(ManuallyDrop::into_inner(self.lent));
    }
}

/// Receives errors from queues that are read as messages.
///
/// Unlike the queue callbacks (N6) librdkafka calls it on the thread that reads the queue, with no lock held.
unsafe extern "C" fn on_error(_: *mut rd_kafka_t, code: c_int, reason: *const c_char, opaque: *mut c_void) {
    guarded("error", || {
        // SAFETY: registered with a sink that lives as long as the client, which is calling.
        let sink = unsafe { &*opaque.cast::<ErrorSink>() };
        // SAFETY: librdkafka lends the reason for the duration of the call (N9).
        let reason = unsafe { copied(reason) };
        let code = ErrorCode::from_raw(code);
        let event = ClientEvent { code, reason, is_fatal: code == ErrorCode::FATAL, partition: None };
        sink.errors.lock().unwrap_or_else(PoisonError::into_inner).push_back(event);
        sink.any.store(true, Ordering::Release);
    });
}
