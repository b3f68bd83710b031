//! A record that librdkafka has, and what its sender wants back with the report.

use std::{
    cell::UnsafeCell,
    fmt,
    ptr::NonNull,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;

use super::topics::TopicId;
use crate::message::OwnedHeaders;

/// A record on its way out, without its topic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// The partition, or `None` to leave the choice to the partitioner.
    pub partition: Option<i32>,
    /// The key, which librdkafka copies.
    pub key: Option<Bytes>,
    /// The payload, which librdkafka borrows; `None` is a tombstone.
    pub payload: Option<Bytes>,
    /// The creation time in milliseconds since 1970; `None`, and 0 as well, is now.
    pub timestamp: Option<i64>,
    /// The headers, which librdkafka copies.
    pub headers: OwnedHeaders,
}

/// A record that was sent, as it comes back with its report.
#[derive(Debug)]
pub struct Sent {
    /// The topic, of the producer that sent it.
    pub topic: TopicId,
    /// The rest.
    pub record: Content,
}

/// The place of one record at a time while librdkafka has it, and a value of the sender's beside it.
///
/// The record is kept until its report: librdkafka reads the payload where it lies, and a record that was not delivered
/// can be handed back. A parcel whose record is back can carry the next one, so that a record costs no allocation.
///
/// The thread that reads reports finds none of a parcel in its processor's cache. So what it touches lies together, and
/// what is left of a record that was delivered is for somebody else to [`clear`](Self::clear), or for the next record.
#[derive(Default)]
#[repr(C)]
pub struct Parcel<T> {
    value: T,
    /// Whether librdkafka has the record; who sets it owns the other two, until the report.
    is_out: AtomicBool,
    payload: UnsafeCell<Option<Bytes>>,
    rest: UnsafeCell<Option<Rest>>,
}

/// A record without its payload.
struct Rest {
    topic: TopicId,
    partition: Option<i32>,
    key: Option<Bytes>,
    timestamp: Option<i64>,
    headers: OwnedHeaders,
}

// SAFETY: `payload` and `rest` are read and written only by `load`, after it has set `is_out`, by the one report that
// follows, and through `&mut`; the report is on librdkafka's queue after the record, so it sees what `load` has written. What is
// in them is `Send` and `Sync`.
unsafe impl<T: Sync> Sync for Parcel<T> {}

impl<T> Parcel<T> {
    /// Makes a parcel that carries nothing yet.
    pub fn new(value: T) -> Self {
        Self {
            value,
            is_out: AtomicBool::new(false),
            payload: UnsafeCell::new(None),
            rest: UnsafeCell::new(None),
        }
    }

    /// Returns the sender's value.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// Lets go of what is left of a record that was delivered.
    pub fn clear(&mut self) {
        *self.rest.get_mut() = None;
    }

    /// Puts a record in, and makes an opaque pointer of one owner of the parcel.
    ///
    /// # Panics
    ///
    /// If it carries one that is not back.
    pub(super) fn load(self: Arc<Self>, topic: TopicId, record: Content) -> Loaded<T> {
        let was_out = self.is_out.swap(true, Ordering::Acquire);
        assert!(!was_out, "a parcel carries one record at a time");
        let Content { partition, key, payload, timestamp, headers } = record;
        // SAFETY: `is_out` was set just now, by nobody else, so this is the only access.
        unsafe { *self.payload.get() = payload };
        // SAFETY: as above.
        unsafe { *self.rest.get() = Some(Rest { topic, partition, key, timestamp, headers }) };
        Loaded(NonNull::new(Arc::into_raw(self).cast_mut()).expect("an `Arc` is not null"))
    }
}

impl<T> fmt::Debug for Parcel<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parcel").field("is_out", &self.is_out).finish_non_exhaustive()
    }
}

/// A parcel with a record in it, as the pointer that C is given: one owner of the parcel, and the only one of the record.
pub(super) struct Loaded<T>(NonNull<Parcel<T>>);

impl<T> Loaded<T> {
    /// Takes the pointer back that C was given.
    ///
    /// # Safety
    ///
    /// * It is of [`into_raw`](Self::into_raw), for the same `T`, and taken back once.
    pub(super) unsafe fn from_raw(opaque: NonNull<Parcel<T>>) -> Self {
        Self(opaque)
    }

    /// Has the processor fetch what a report touches of a parcel, to be written, and does not wait for that.
    ///
    /// The thread that has sent the record has it all in its own cache, and to wait for each parcel in turn costs more than
    /// all the rest of a report.
    #[inline]
    pub(super) fn fetch_ahead(opaque: NonNull<Parcel<T>>) {
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::x86_64::{_MM_HINT_ET0, _mm_prefetch};
            let parcel = opaque.as_ptr().cast::<i8>().cast_const();
            // The count of owners lies before it.
            let first = parcel.wrapping_sub(2 * size_of::<usize>());
            let last = parcel.wrapping_add(std::mem::offset_of!(Parcel<T>, rest) - 1);
            for line in [first, first.wrapping_add(64), last] {
                // SAFETY: a hint, which neither reads nor writes, and may be given for any address.
                unsafe { _mm_prefetch::<_MM_HINT_ET0>(line) };
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = opaque;
    }

    /// Returns the pointer for C, which owns the parcel from here on.
    pub(super) fn into_raw(self) -> NonNull<Parcel<T>> {
        self.0
    }

    /// Lets go of the payload, and gives the parcel back with what is left.
    #[inline]
    pub(super) fn delivered(self) -> Arc<Parcel<T>> {
        self.open().0
    }

    /// Takes the record out, and gives the parcel back empty.
    pub(super) fn unload(self) -> (Arc<Parcel<T>>, Sent) {
        // SAFETY: this owns the parcel.
        let parcel = unsafe { self.0.as_ref() };
        // SAFETY: this is the record's only owner.
        let rest = unsafe { (*parcel.rest.get()).take() };
        let (parcel, payload) = self.open();
        let rest = rest.expect("a loaded parcel has a record in it");
        let Rest { topic, partition, key, timestamp, headers } = rest;
        (parcel, Sent { topic, record: Content { partition, key, payload, timestamp, headers } })
    }

    #[inline]
    fn open(self) -> (Arc<Parcel<T>>, Option<Bytes>) {
        // SAFETY: made by `Arc::into_raw` in `load`, and taken back once.
        let parcel = unsafe { Arc::from_raw(self.0.as_ptr().cast_const()) };
        // SAFETY: this was the record's only owner.
        let payload = unsafe { (*parcel.payload.get()).take() };
        parcel.is_out.store(false, Ordering::Release);
        (parcel, payload)
    }
}
