//! Sending records.

use std::{
    ffi::{c_int, c_void},
    fmt, ptr,
    sync::Arc,
    task::Waker,
    time::Duration,
};

use super::awaited::{Awaited, Pool};
use super::client::{Client, Lent};
use super::content::{Content, Sent};
use super::deliveries::{Deliveries, DeliveryReport};
use super::headers::NativeHeaders;
use super::ledger::{
    RD_KAFKA_PARTITION_UA, RD_KAFKA_PURGE_F_INFLIGHT, RD_KAFKA_PURGE_F_NON_BLOCKING, RD_KAFKA_PURGE_F_QUEUE,
    rd_kafka_flush, rd_kafka_outq_len, rd_kafka_produce, rd_kafka_producev, rd_kafka_purge, rd_kafka_vtype_t,
};
use super::parcel::{Loaded, Parcel};
use super::partitioner::Partitioner;
use super::queue::{EventQueue, Interrupt};
use super::topic::TopicHandle;
use super::topics::{TopicId, Topics};
use crate::{Config, Error, ErrorCode, ErrorKind};

/// Of how many reports the parcels are fetched from memory at once.
const AHEAD: usize = 32;

/// A producer. `O` is what its user makes of a delivery report, and `S` what all who wait for one have in common.
pub struct RawProducer<O, S = ()> {
    // Dropped before the client.
    topics: Topics,
    client: Client,
    interrupt: Interrupt,
    /// The largest payload for which there can be room (`queue.buffering.max.kbytes`).
    max_payload: usize,
    pool: Arc<Pool<O, S>>,
}

impl<O: Send + 'static, S: Send + Sync + 'static> RawProducer<O, S> {
    /// How many bytes the place of a record and its outcome has.
    pub const PLACE_BYTES: usize = size_of::<Parcel<O>>();

    /// Starts a producer, and returns the queue on which [`RawProducer::deliveries`] arrive.
    ///
    /// # Errors
    ///
    /// As [`Client::producer`].
    pub fn start(
        config: &Config,
        partitioner: Option<Partitioner>,
        common: S,
    ) -> Result<(Self, EventQueue), Error> {
        let pool = Arc::new(Pool::new(common));
        let parcels = Arc::clone(&pool.parcels);
        let lent = Lent { partitioner: partitioner.map(Arc::new), _parcels: Some(parcels) };
        let client = Client::lent_producer(config, lent)?;
        let queue = EventQueue::main(&client);
        let interrupt = queue.interrupt();
        let max_kbytes = client.setting(c"queue.buffering.max.kbytes");
        let max_payload = max_kbytes.and_then(|kbytes| kbytes.parse::<usize>().ok());
        let max_payload = max_payload.map_or(usize::MAX, |kbytes| kbytes.saturating_mul(1024));
        let producer = Self { topics: Topics::default(), client, interrupt, max_payload, pool };
        Ok((producer, queue))
    }

    /// Returns what all who wait for an outcome have in common.
    pub fn common(&self) -> &S {
        &self.pool.common
    }

    /// Returns the client, for what concerns no single record.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Returns a handle that ends a wait on the queue.
    pub fn interrupt(&self) -> &Interrupt {
        &self.interrupt
    }

    /// Takes a record (`rd_kafka_produce`, `rd_kafka_producev`), and leaves an empty one; one that is refused stays as it is.
    /// The payload is lent to librdkafka until the report, key and headers are copied. It does not wait.
    ///
    /// The topic's handle is made on the first call for it (`rd_kafka_topic_new`), and kept, as is its name: it is found
    /// sooner where that comes again in the same place.
    ///
    /// # Errors
    ///
    /// `_INVALID_ARG` if the name cannot be a topic's: it is empty, longer than 512 bytes, or holds NUL.
    /// `_QUEUE_FULL` if `queue.buffering.max.messages` or `…kbytes` is reached; `MESSAGE_TOO_LARGE` if the record is
    /// larger than `message.max.bytes`, or for ever too large for the queue; `_UNKNOWN_TOPIC` and `_UNKNOWN_PARTITION` if
    /// that is known already.
    #[inline]
    pub fn produce(&self, topic: &Arc<str>, record: &mut Content) -> Result<Awaited<O, S>, Error> {
        let (topic, handle) = self.topics.find(&self.client, topic)?;
        let (payload, payload_len) = raw(record.payload.as_deref());
        if payload_len > self.max_payload {
            return Err(refusal(ErrorCode::MESSAGE_TOO_LARGE));
        }
        if record.timestamp.is_some() || !record.headers.is_empty() {
            return self.produce_by_type(topic, handle, record);
        }
        let (key, key_len) = raw(record.key.as_deref());
        let partition = record.partition.unwrap_or(RD_KAFKA_PARTITION_UA);
        // What `Bytes` points to does not move with it.
        let opaque = self.pool.parcels.load(topic, record).into_raw();
        // The same at a lower price: nothing is looked up by type.
        // SAFETY: the topic is live (N1), and its client with it. The key is copied; the payload is not, and is only read. It
        // lives until it is taken out at the delivery report, or below.
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
            // SAFETY: loaded above.
            return Ok(unsafe { Awaited::new(&self.pool, opaque) });
        }
        // SAFETY: loaded above; a record that was not taken is never reported on.
        self.pool.parcels.unload(unsafe { Loaded::from_raw(opaque) }, record);
        // It does not always say why; the other call does.
        self.produce_by_type(topic, handle, record)
    }

    /// Takes a record with all that it has (`rd_kafka_producev`).
    #[inline(never)]
    fn produce_by_type(
        &self,
        topic: TopicId,
        handle: &TopicHandle,
        record: &mut Content,
    ) -> Result<Awaited<O, S>, Error> {
        let (payload, payload_len) = raw(record.payload.as_deref());
        let (key, key_len) = raw(record.key.as_deref());
        let headers = record.headers.as_headers().map(NativeHeaders::of);
        let partition = record.partition.unwrap_or(RD_KAFKA_PARTITION_UA);
        let timestamp = record.timestamp.unwrap_or(0);
        let opaque = self.pool.parcels.load(topic, record).into_raw();
        // SAFETY: the handle is live (N1) and so is the topic, which is never removed. The arguments are pairs of a type
        // and a value of the C type that belongs to it, and end with END. The key is copied; the payload is not, and lives
        // until it is taken out at the delivery report, after which nothing reads it, or below. The headers go along, or null.
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
            // SAFETY: loaded above.
            return Ok(unsafe { Awaited::new(&self.pool, opaque) });
        };
        // SAFETY: loaded above; a record that was not taken is never reported on.
        self.pool.parcels.unload(unsafe { Loaded::from_raw(opaque) }, record);
        Err(refusal(code))
    }

    /// Reads delivery reports: puts what `outcome` makes of each where it is waited for, with the record if that was not
    /// delivered, and tells `told` whom to wake, or gives it the outcome that nobody wants to hear. Then there is room for as
    /// many records.
    ///
    /// # Panics
    ///
    /// If the reports are of another producer's records.
    pub fn deliveries(
        &self,
        deliveries: Deliveries,
        mut outcome: impl FnMut(Option<Sent>, DeliveryReport) -> O,
        mut told: impl FnMut(Result<Option<Waker>, O>),
    ) {
        assert!(deliveries.is_of(&self.client), "the reports are of another producer's records");
        let mut room = [ptr::null(); AHEAD];
        loop {
            let reports = deliveries.next(&mut room);
            if reports.len() == 0 {
                break;
            }
            for report in reports.clone() {
                Loaded::<O>::fetch_ahead(report.opaque().cast());
            }
            for reported in reports {
                // SAFETY: every record of this client was loaded by `produce`, and is reported on once.
                let mut loaded = unsafe { Loaded::<O>::from_raw(reported.opaque().cast()) };
                let report = reported.report();
                let sent = if report.error.is_none() {
                    drop(loaded.unload_payload());
                    None
                } else {
                    let (topic, record) = loaded.unload();
                    Some(Sent { topic: Arc::clone(self.topics.name(topic)), record })
                };
                told(loaded.fill(outcome(sent, report), &self.pool.parcels));
            }
        }
        // Only now there is room.
        drop(deliveries);
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

impl<O, S> fmt::Debug for RawProducer<O, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawProducer").finish_non_exhaustive()
    }
}

/// Makes an error of why a record is not taken.
#[cold]
pub fn refusal(code: ErrorCode) -> Error {
    Error::from(ErrorKind::Operation { operation: "rd_kafka_producev", code, reason: code.text() })
}

/// Splits what may be absent into C's pointer and length; an empty slice keeps a pointer, which is not followed.
fn raw(bytes: Option<&[u8]>) -> (*const c_void, usize) {
    bytes.map_or((ptr::null(), 0), |bytes| (bytes.as_ptr().cast(), bytes.len()))
}
