//! Sending records.

use std::{
    ffi::{c_int, c_void},
    fmt,
    marker::PhantomData,
    ptr,
    sync::Arc,
    time::Duration,
};

use super::client::Client;
use super::deliveries::{Deliveries, DeliveryReport};
use super::headers::NativeHeaders;
use super::ledger::{
    RD_KAFKA_PARTITION_UA, RD_KAFKA_PURGE_F_INFLIGHT, RD_KAFKA_PURGE_F_NON_BLOCKING, RD_KAFKA_PURGE_F_QUEUE,
    rd_kafka_flush, rd_kafka_outq_len, rd_kafka_produce, rd_kafka_producev, rd_kafka_purge, rd_kafka_vtype_t,
};
use super::parcel::{Content, Loaded, Parcel, Sent};
use super::partitioner::Partitioner;
use super::queue::{EventQueue, Interrupt};
use super::topics::{TopicId, Topics};
use crate::{Config, Error, ErrorCode, ErrorKind};

/// Of how many reports the parcels are fetched from memory at once.
const AHEAD: usize = 32;

/// Why a record was not taken, and the record.
#[derive(Debug)]
pub struct Refused {
    /// Why.
    pub code: ErrorCode,
    /// The record.
    pub record: Content,
}

impl Refused {
    /// Makes an error of the code.
    #[cold]
    pub fn error(&self) -> Error {
        let (code, reason) = (self.code, self.code.text());
        Error::from(ErrorKind::Operation { operation: "rd_kafka_producev", code, reason })
    }
}

/// A producer whose records each travel in a [`Parcel<T>`], which comes back with the record's delivery report.
pub struct RawProducer<T> {
    // Dropped before the client.
    topics: Topics,
    client: Client,
    interrupt: Interrupt,
    /// The largest payload for which there can be room (`queue.buffering.max.kbytes`).
    max_payload: usize,
    parcels: PhantomData<fn(Arc<Parcel<T>>)>,
}

impl<T: Send + Sync + 'static> RawProducer<T> {
    /// Starts a producer, and returns the queue on which [`RawProducer::deliveries`] arrive.
    ///
    /// # Errors
    ///
    /// As [`Client::producer`].
    pub fn start(config: &Config, partitioner: Option<Partitioner>) -> Result<(Self, EventQueue), Error> {
        let client = Client::partitioned_producer(config, partitioner)?;
        let queue = EventQueue::main(&client);
        let interrupt = queue.interrupt();
        let max_kbytes = client.setting(c"queue.buffering.max.kbytes");
        let max_payload = max_kbytes.and_then(|kbytes| kbytes.parse::<usize>().ok());
        let max_payload = max_payload.map_or(usize::MAX, |kbytes| kbytes.saturating_mul(1024));
        let producer =
            Self { topics: Topics::default(), client, interrupt, max_payload, parcels: PhantomData };
        Ok((producer, queue))
    }

    /// Returns the client, for what concerns no single record.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Returns a handle that ends a wait on the queue.
    pub fn interrupt(&self) -> &Interrupt {
        &self.interrupt
    }

    /// Returns the topic of this name. Its handle is made on the first call for it (`rd_kafka_topic_new`), and kept.
    ///
    /// # Errors
    ///
    /// `_INVALID_ARG` if the name cannot be a topic's: it is empty, longer than 512 bytes, or holds NUL.
    #[inline]
    pub fn topic(&self, name: &str) -> Result<TopicId, Error> {
        self.topics.find(&self.client, name)
    }

    /// Returns a topic's name.
    ///
    /// # Panics
    ///
    /// May panic if the topic is another producer's.
    pub fn topic_name(&self, topic: TopicId) -> &Arc<str> {
        self.topics.name(topic)
    }

    /// Takes a record (`rd_kafka_produce`, `rd_kafka_producev`): the payload is lent to librdkafka until the report, key and headers are
    /// copied. It does not wait.
    ///
    /// # Errors
    ///
    /// `_QUEUE_FULL` if `queue.buffering.max.messages` or `…kbytes` is reached; `MESSAGE_TOO_LARGE` if the record is
    /// larger than `message.max.bytes`, or for ever too large for the queue; `_UNKNOWN_TOPIC` and `_UNKNOWN_PARTITION` if
    /// that is known already.
    ///
    /// # Panics
    ///
    /// If the parcel carries a record that is not back. May panic if the topic is another producer's.
    #[expect(clippy::result_large_err, reason = "the record comes back as it was given")]
    pub fn produce(&self, topic: TopicId, record: Content, parcel: Arc<Parcel<T>>) -> Result<(), Refused> {
        let handle = self.topics.handle(topic);
        let (payload, payload_len) = raw(record.payload.as_deref());
        if payload_len > self.max_payload {
            return Err(Refused { code: ErrorCode::MESSAGE_TOO_LARGE, record });
        }
        let (key, key_len) = raw(record.key.as_deref());
        let headers = record.headers.as_headers().map(NativeHeaders::of);
        let partition = record.partition.unwrap_or(RD_KAFKA_PARTITION_UA);
        let (timestamp, is_dated) = (record.timestamp.unwrap_or(0), record.timestamp.is_some());
        // What `Bytes` points to does not move with it.
        let opaque = parcel.load(topic, record).into_raw();
        if headers.is_none() && !is_dated {
            // The same at a lower price: nothing is looked up by type.
            // SAFETY: the topic is live (N1), and its client with it. The key is copied; the payload is not, and is only read.
            // It lives until the parcel is taken back from the delivery report, or below.
            let refused = unsafe {
                rd_kafka_produce(
                    handle.as_ptr(),
                    partition,
                    0,
                    payload.cast_mut(),
                    payload_len,
                    key,
                    key_len,
                    opaque.as_ptr().cast::<c_void>(),
                )
            };
            if refused == 0 {
                return Ok(());
            }
            // It does not always say why; the other call does.
        }
        // SAFETY: the handle is live (N1) and so is the topic, which is never removed. The arguments are pairs of a type
        // and a value of the C type that belongs to it, and end with END. The key is copied; the payload is not, and lives
        // until the parcel is taken back from the delivery report, after which nothing reads it, or below. The headers go
        // along, or null.
        let code = unsafe {
            rd_kafka_producev(
                self.client.as_ptr(),
                rd_kafka_vtype_t::RD_KAFKA_VTYPE_RKT,
                handle.as_ptr(),
                rd_kafka_vtype_t::RD_KAFKA_VTYPE_PARTITION,
                partition,
                rd_kafka_vtype_t::RD_KAFKA_VTYPE_KEY,
                key,
                key_len,
                rd_kafka_vtype_t::RD_KAFKA_VTYPE_VALUE,
                payload,
                payload_len,
                rd_kafka_vtype_t::RD_KAFKA_VTYPE_TIMESTAMP,
                timestamp,
                rd_kafka_vtype_t::RD_KAFKA_VTYPE_HEADERS,
                headers.as_ref().map_or(ptr::null_mut(), NativeHeaders::as_ptr),
                rd_kafka_vtype_t::RD_KAFKA_VTYPE_OPAQUE,
                opaque.as_ptr().cast::<c_void>(),
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
        // SAFETY: made above; a record that was not taken is never reported on.
        let (_, sent) = unsafe { Loaded::from_raw(opaque) }.unload();
        Err(Refused { code, record: sent.record })
    }

    /// Hands each delivery report to `each`, with the parcel that its record came in, and the record if it was not
    /// delivered. Then there is room for as many records.
    ///
    /// # Panics
    ///
    /// If the reports are of another producer's records.
    pub fn deliveries(
        &self,
        mut deliveries: Deliveries,
        mut each: impl FnMut(Arc<Parcel<T>>, Option<Sent>, DeliveryReport),
    ) {
        assert!(deliveries.is_of(&self.client), "the reports are of another producer's records");
        let mut batch = [None; AHEAD];
        loop {
            let mut count = 0;
            while count < AHEAD {
                let Some((opaque, report)) = deliveries.next() else { break };
                let opaque = opaque.cast::<Parcel<T>>();
                Loaded::fetch_ahead(opaque);
                batch[count] = Some((opaque, report));
                count += 1;
            }
            for (opaque, report) in batch[..count].iter_mut().filter_map(Option::take) {
                // SAFETY: every record of this client was given a parcel by `produce`, and is reported on once.
                let loaded = unsafe { Loaded::from_raw(opaque) };
                if report.error.is_none() {
                    each(loaded.delivered(), None, report);
                } else {
                    let (parcel, sent) = loaded.unload();
                    each(parcel, Some(sent), report);
                }
            }
            if count < AHEAD {
                return;
            }
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

    /// Gives up what is under way: each record is reported as failed, sooner or later (`rd_kafka_purge`). It waits for no
    /// broker's thread, which may be looking up a name.
    pub fn purge(&self) {
        let flags = RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING;
        let flags = flags as c_int;
        // SAFETY: the handle is live (N1), and a producer's.
        unsafe { rd_kafka_purge(self.client.as_ptr(), flags) };
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
