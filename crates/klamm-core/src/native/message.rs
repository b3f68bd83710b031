//! One message of librdkafka's, owned.

use std::{
    ffi::{c_int, c_void},
    mem::offset_of,
    ptr::NonNull,
};

use super::bytes;
use super::ledger::{
    rd_kafka_message_destroy, rd_kafka_message_errstr, rd_kafka_message_leader_epoch, rd_kafka_message_t,
    rd_kafka_message_timestamp, rd_kafka_timestamp_type_t, rd_kafka_version,
};
use super::text::copied;
use crate::Timestamp;

/// One message of librdkafka's, owned: freed when dropped, on whatever thread that is.
///
/// Whoever holds one also holds, or borrows, its client (rule N1).
#[repr(transparent)]
pub(crate) struct RawMessage(NonNull<rd_kafka_message_t>);

// SAFETY: `rd_kafka_message_destroy` and the readers may be called from any thread (N4, N5).
unsafe impl Send for RawMessage {}
// SAFETY: N5, nothing writes to it.
unsafe impl Sync for RawMessage {}

/// `rd_kafka_message_t`, with its code as the number it is (rule N8).
#[repr(C)]
struct Fields {
    err: c_int,
    rkt: *mut c_void,
    partition: i32,
    payload: *mut c_void,
    len: usize,
    key: *mut c_void,
    key_len: usize,
    offset: i64,
    private: *mut c_void,
}

const _: () = {
    assert!(size_of::<Fields>() == size_of::<rd_kafka_message_t>());
    assert!(offset_of!(Fields, err) == offset_of!(rd_kafka_message_t, err));
    assert!(offset_of!(Fields, rkt) == offset_of!(rd_kafka_message_t, rkt));
    assert!(offset_of!(Fields, partition) == offset_of!(rd_kafka_message_t, partition));
    assert!(offset_of!(Fields, payload) == offset_of!(rd_kafka_message_t, payload));
    assert!(offset_of!(Fields, len) == offset_of!(rd_kafka_message_t, len));
    assert!(offset_of!(Fields, key) == offset_of!(rd_kafka_message_t, key));
    assert!(offset_of!(Fields, key_len) == offset_of!(rd_kafka_message_t, key_len));
    assert!(offset_of!(Fields, offset) == offset_of!(rd_kafka_message_t, offset));
    assert!(offset_of!(Fields, private) == offset_of!(rd_kafka_message_t, _private));
};

/// What librdkafka keeps behind a fetched message (`rd_kafka_msg_t`), as far as it is read here (rule N10).
#[repr(C)]
struct Kept {
    message: Fields,
    link: [*mut c_void; 2],
    flags: c_int,
    timestamp_kind: c_int,
    timestamp: i64,
    /// What `rd_kafka_message_headers` has parsed, or an interceptor has put there.
    parsed_headers: *mut c_void,
    status: c_int,
    broker: i32,
    more: More,
}

/// What a consumer's message has, in the place of what a producer's has; that begins with a time.
#[repr(C)]
#[derive(Clone, Copy)]
union More {
    consumer: OfConsumer,
    _producer: i64,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct OfConsumer {
    /// The headers as they came over the wire.
    headers: WireBytes,
    leader_epoch: i32,
}

/// `rd_kafkap_bytes_t`: a structure of its own, whose end is padded.
#[repr(C)]
#[derive(Clone, Copy)]
struct WireBytes {
    len: i32,
    data: *const c_void,
    _tail: [u8; 1],
}

#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(offset_of!(Kept, timestamp) == 96);
    assert!(offset_of!(Kept, parsed_headers) == 104);
    assert!(offset_of!(Kept, more) == 120);
    assert!(offset_of!(OfConsumer, leader_epoch) == 24);
};

/// The releases whose sources have that layout; outside of them `rd_kafka_message_headers` is asked.
const KNOWN: std::ops::RangeInclusive<c_int> = 0x0203_0000..=0x020f_ffff;

/// What is read of a message at once to copy it, beside key and payload.
pub(crate) struct Details<'a> {
    pub(crate) timestamp: Timestamp,
    pub(crate) leader_epoch: Option<i32>,
    /// The headers as they came over the wire, from the count on; `None` if only librdkafka can read them.
    pub(crate) headers: Option<&'a [u8]>,
}

impl RawMessage {
    /// Takes a message.
    ///
    /// # Safety
    ///
    /// * `ptr` is not null, was returned by librdkafka to be destroyed by the caller, and nobody else will.
    /// * The client outlives the value.
    #[inline]
    pub(super) unsafe fn take(ptr: *mut rd_kafka_message_t) -> Self {
        // SAFETY: the caller promises that it is not null.
        Self(unsafe { NonNull::new_unchecked(ptr) })
    }

    #[inline]
    pub(super) fn as_ptr(&self) -> *mut rd_kafka_message_t {
        self.0.as_ptr()
    }

    #[inline]
    fn fields(&self) -> &Fields {
        // SAFETY: the message is live (N3) and not written to (N5); `Fields` has its layout, as asserted above.
        unsafe { self.0.cast::<Fields>().as_ref() }
    }

    /// Returns the code: 0 for a message, anything else for an error in a message's place.
    #[inline]
    pub(crate) fn code(&self) -> i32 {
        self.fields().err
    }

    #[inline]
    pub(crate) fn key(&self) -> Option<&[u8]> {
        // SAFETY: the bytes live as long as the message and are not written to (N5).
        unsafe { bytes::slice(self.fields().key, self.fields().key_len) }
    }

    #[inline]
    pub(crate) fn payload(&self) -> Option<&[u8]> {
        // SAFETY: the bytes live as long as the message and are not written to (N5).
        unsafe { bytes::slice(self.fields().payload, self.fields().len) }
    }

    #[inline]
    pub(crate) fn partition(&self) -> i32 {
        self.fields().partition
    }

    #[inline]
    pub(crate) fn offset(&self) -> i64 {
        self.fields().offset
    }

    /// Returns what a record was sent with.
    pub(super) fn opaque(&self) -> *mut c_void {
        self.fields().private
    }

    pub(crate) fn timestamp(&self) -> Timestamp {
        let mut kind = rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
        // SAFETY: the message is live (N3); librdkafka writes one of the three kinds.
        let millis = unsafe { rd_kafka_message_timestamp(self.as_ptr(), &raw mut kind) };
        timestamp(kind as c_int, millis)
    }

    pub(crate) fn leader_epoch(&self) -> Option<i32> {
        // SAFETY: the message is live (N3), and so is the client that this reads (N1).
        leader_epoch(unsafe { rd_kafka_message_leader_epoch(self.as_ptr()) })
    }

    /// Returns the headers as they came over the wire, from the count on; `None` if only librdkafka can read them.
    #[inline]
    pub(crate) fn wire_headers(&self) -> Option<&[u8]> {
        self.kept()?.wire_headers()
    }

    /// Reads what is to be copied, at once.
    #[inline]
    pub(crate) fn details(&self) -> Details<'_> {
        match self.kept() {
            Some(kept) => Details {
                timestamp: timestamp(kept.timestamp_kind, kept.timestamp),
                leader_epoch: leader_epoch(kept.of_consumer().leader_epoch),
                headers: kept.wire_headers(),
            },
            None => Details { timestamp: self.timestamp(), leader_epoch: self.leader_epoch(), headers: None },
        }
    }

    /// Returns what librdkafka keeps behind the message, where its layout is known (N10).
    #[inline]
    fn kept(&self) -> Option<&Kept> {
        // SAFETY: takes nothing and returns a constant.
        let release = unsafe { rd_kafka_version() };
        // SAFETY: a message that was taken off a queue is the first field of what librdkafka keeps behind it, whose layout
        // is known (N10); it is live (N3) and not written to (N5).
        KNOWN.contains(&release).then(|| unsafe { self.0.cast::<Kept>().as_ref() })
    }

    /// Returns librdkafka's words for an error in a message's place.
    pub(crate) fn reason(&self) -> String {
        // SAFETY: the message is live (N3).
        let reason = unsafe { rd_kafka_message_errstr(self.as_ptr()) };
        // SAFETY: the string belongs to the message, or is static (N9).
        unsafe { copied(reason) }
    }
}

impl Kept {
    #[inline]
    fn wire_headers(&self) -> Option<&[u8]> {
        if !self.parsed_headers.is_null() {
            return None;
        }
        let WireBytes { len, data, .. } = self.of_consumer().headers;
        let len = usize::try_from(len).unwrap_or(0);
        // SAFETY: so many bytes of the fetch buffer, which lives as long as the message and is not written to (N5).
        Some(unsafe { bytes::slice(data, len) }.unwrap_or_default())
    }

    #[inline]
    fn of_consumer(&self) -> &OfConsumer {
        // SAFETY: messages that are read through this were fetched, so this is what was written (N10).
        unsafe { &self.more.consumer }
    }
}

/// Makes a leader epoch of librdkafka's number, which is -1 where there is none.
#[inline]
fn leader_epoch(number: i32) -> Option<i32> {
    (number >= 0).then_some(number)
}

/// Makes a timestamp of librdkafka's two numbers. A producer that knows no time writes -1.
#[inline]
fn timestamp(kind: c_int, millis: i64) -> Timestamp {
    const CREATE_TIME: c_int = rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_CREATE_TIME as c_int;
    const LOG_APPEND_TIME: c_int = rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME as c_int;
    match kind {
        CREATE_TIME if millis >= 0 => Timestamp::CreateTime(millis),
        LOG_APPEND_TIME if millis >= 0 => Timestamp::LogAppendTime(millis),
        _ => Timestamp::NotAvailable,
    }
}

impl Drop for RawMessage {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: ours, freed once (N3), while its client is live (N1).
        unsafe { rd_kafka_message_destroy(self.0.as_ptr()) };
    }
}
