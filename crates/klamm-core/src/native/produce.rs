//! Sending records, and hearing of their delivery.

use std::{
    collections::HashMap,
    ffi::{c_int, c_void},
    fmt,
    marker::PhantomData,
    mem::ManuallyDrop,
    ptr::{self, NonNull},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::client::Client;
use super::event::NativeEvent;
use super::headers::NativeHeaders;
use super::ledger::{
    RD_KAFKA_MSG_F_COPY, RD_KAFKA_PARTITION_UA, RD_KAFKA_PURGE_F_INFLIGHT, RD_KAFKA_PURGE_F_QUEUE,
    rd_kafka_event_message_next, rd_kafka_flush, rd_kafka_outq_len, rd_kafka_producev, rd_kafka_purge,
    rd_kafka_topic_t, rd_kafka_vtype_t,
};
use super::message::RawMessage;
use super::queue::{EventQueue, Interrupt};
use super::topic::TopicHandle;
use crate::{Config, Error, ErrorCode, ErrorKind, Timestamp, message::Headers};

/// A record on its way out.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// The topic's name.
    pub topic: &'a str,
    /// The partition, or `None` to leave the choice to librdkafka's partitioner.
    pub partition: Option<i32>,
    /// The key.
    pub key: Option<&'a [u8]>,
    /// The payload; `None` is a tombstone.
    pub payload: Option<&'a [u8]>,
    /// The creation time in milliseconds since 1970; `None`, and 0 as well, is now.
    pub timestamp: Option<i64>,
    /// The headers.
    pub headers: Option<Headers<'a>>,
}

/// Why a record was not taken, with the token that would have come back.
#[derive(Debug)]
pub struct ProduceError<T> {
    /// What went wrong.
    pub error: Error,
    /// The token, unused.
    pub token: Arc<T>,
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeliveryReport {
    /// Why it was not delivered.
    pub error: Option<ErrorCode>,
    /// The partition it went to.
    pub partition: i32,
    /// Its offset there, or a negative number if it was not delivered.
    pub offset: i64,
    /// Its timestamp.
    pub timestamp: Timestamp,
}

/// A producer whose records each carry an `Arc<T>`, which comes back with the record's delivery report.
pub struct RawProducer<T> {
    // Dropped before the client.
    topics: Mutex<HashMap<String, TopicHandle>>,
    client: Client,
    interrupt: Interrupt,
    token: PhantomData<fn(Arc<T>)>,
}

impl<T: Send + Sync + 'static> RawProducer<T> {
    /// Starts a producer, and returns the queue on which [`RawProducer::deliveries`] arrive.
    ///
    /// # Errors
    ///
    /// As [`Client::producer`].
    pub fn start(config: &Config) -> Result<(Self, EventQueue), Error> {
        let client = Client::producer(config)?;
        let queue = EventQueue::main(&client);
        let interrupt = queue.interrupt();
        Ok((Self { topics: Mutex::default(), client, interrupt, token: PhantomData }, queue))
    }

    /// Returns the client, for what concerns no single record.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Returns a handle that ends a wait on the queue.
    pub fn interrupt(&self) -> &Interrupt {
        &self.interrupt
    }

    /// Takes a record, copying key, payload and headers (`rd_kafka_producev`). It does not wait.
    ///
    /// # Errors
    ///
    /// `_QUEUE_FULL` if `queue.buffering.max.messages` or `…kbytes` is reached, and what is wrong with the record.
    pub fn produce(&self, record: Outgoing<'_>, token: Arc<T>) -> Result<(), ProduceError<T>> {
        let topic = match self.topic(record.topic) {
            Ok(topic) => topic,
            Err(error) => return Err(ProduceError { error, token }),
        };
        let (key, key_len) = raw(record.key);
        let (payload, payload_len) = raw(record.payload);
        let headers = record.headers.map(NativeHeaders::of);
        let opaque = Arc::into_raw(token);
        // SAFETY: the handle is live (N1) and so is the topic, which is never removed. The arguments are pairs of a type
        // and a value of the C type that belongs to it, and end with END; key and payload are copied. The token goes
        // along as a pointer, and is taken back from the delivery report, or below; so do the headers, or null.
        let code = unsafe {
            rd_kafka_producev(
                self.client.as_ptr(),
                rd_kafka_vtype_t::RD_KAFKA_VTYPE_RKT,
                topic.as_ptr(),
                rd_kafka_vtype_t::RD_KAFKA_VTYPE_PARTITION,
                record.partition.unwrap_or(RD_KAFKA_PARTITION_UA),
                rd_kafka_vtype_t::RD_KAFKA_VTYPE_MSGFLAGS,
                RD_KAFKA_MSG_F_COPY as c_int,
                rd_kafka_vtype_t::RD_KAFKA_VTYPE_KEY,
                key,
                key_len,
                rd_kafka_vtype_t::RD_KAFKA_VTYPE_VALUE,
                payload,
                payload_len,
                rd_kafka_vtype_t::RD_KAFKA_VTYPE_TIMESTAMP,
                record.timestamp.unwrap_or(0),
                rd_kafka_vtype_t::RD_KAFKA_VTYPE_HEADERS,
                headers.as_ref().map_or(ptr::null_mut(), NativeHeaders::as_ptr),
                rd_kafka_vtype_t::RD_KAFKA_VTYPE_OPAQUE,
                opaque.cast_mut().cast::<c_void>(),
                rd_kafka_vtype_t::RD_KAFKA_VTYPE_END,
            )
        };
        let Some(code) = ErrorCode::check(code as c_int) else {
            // librdkafka takes the list over with the record, and only then.
            if let Some(headers) = headers {
                headers.taken_over();
            }
            return Ok(());
        };
        // SAFETY: made by `Arc::into_raw` above; a record that was not taken is never reported on.
        let token = unsafe { Arc::from_raw(opaque) };
        Err(ProduceError {
            error: Error::from(ErrorKind::Operation {
                operation: "rd_kafka_producev",
                code,
                reason: code.text(),
            }),
            token,
        })
    }

    /// Hands each delivery report to `each`, with its record's token.
    ///
    /// # Panics
    ///
    /// If the reports are of another producer's records.
    pub fn deliveries(&self, mut deliveries: Deliveries, mut each: impl FnMut(Arc<T>, DeliveryReport)) {
        assert!(deliveries.client.is(&self.client), "the reports are of another producer's records");
        while let Some((opaque, report)) = deliveries.next() {
            // SAFETY: every record of this client was given a token by `produce`, and is reported on once.
            let token = unsafe { Arc::from_raw(opaque.cast::<T>().cast_const()) };
            each(token, report);
        }
    }

    /// Returns how many records and reports are under way (`rd_kafka_outq_len`).
    pub fn outstanding(&self) -> usize {
        // SAFETY: the handle is live (N1).
        let count = unsafe { rd_kafka_outq_len(self.client.as_ptr()) };
        usize::try_from(count).unwrap_or(0)
    }

    /// Sends what lingers, up to `timeout`; reports must be read by another thread or meanwhile (`rd_kafka_flush`).
    ///
    /// Returns whether nothing is under way any more.
    pub fn flush(&self, timeout: Duration) -> bool {
        // SAFETY: the handle is live (N1), and a producer's.
        let code = unsafe { rd_kafka_flush(self.client.as_ptr(), super::text::timeout_ms(Some(timeout))) };
        code as c_int == 0
    }

    /// Gives up what is under way: each record is reported as failed (`rd_kafka_purge`).
    pub fn purge(&self) {
        let flags = (RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT) as c_int;
        // SAFETY: the handle is live (N1), and a producer's.
        unsafe { rd_kafka_purge(self.client.as_ptr(), flags) };
    }

    fn topic(&self, name: &str) -> Result<NonNull<rd_kafka_topic_t>, Error> {
        let mut topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(topic) = topics.get(name) {
            return Ok(topic.pointer());
        }
        let topic = TopicHandle::new(&self.client, name)?;
        let pointer = topic.pointer();
        topics.insert(name.to_owned(), topic);
        Ok(pointer)
    }
}

impl<T> fmt::Debug for RawProducer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawProducer").finish_non_exhaustive()
    }
}

/// Splits what may be absent into C's pointer and length; an empty slice keeps a pointer, which is not followed.
fn raw(bytes: Option<&[u8]>) -> (*const c_void, usize) {
    bytes.map_or((ptr::null(), 0), |bytes| (bytes.as_ptr().cast(), bytes.len()))
}

/// The delivery reports of one event; those that are dropped unread take their records' tokens with them.
pub struct Deliveries {
    event: NativeEvent,
    // Dropped after the event, which refers to it (N1).
    client: Client,
}

impl Deliveries {
    pub(super) fn of(event: NativeEvent, client: Client) -> Self {
        Self { event, client }
    }

    fn next(&mut self) -> Option<(*mut c_void, DeliveryReport)> {
        // SAFETY: the event is live, and the messages are lent until it is freed.
        let message = unsafe { rd_kafka_event_message_next(self.event.as_ptr()) };
        if message.is_null() {
            return None;
        }
        // SAFETY: live, as said, and looked at as the messages that are ours are; kept from being freed here.
        let raw = ManuallyDrop::new(unsafe { RawMessage::take(message.cast_mut()) });
        let report = DeliveryReport {
            error: ErrorCode::check(raw.code()),
            partition: raw.partition(),
            offset: raw.offset(),
            timestamp: raw.timestamp(),
        };
        Some((raw.opaque(), report))
    }
}

impl fmt::Debug for Deliveries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deliveries").finish_non_exhaustive()
    }
}
