//! A closure that chooses partitions.

use std::{
    ffi::{c_int, c_void},
    fmt,
    ptr::NonNull,
};

use super::bytes;
use super::guard::guarded;
use super::ledger::rd_kafka_topic_t;

/// A closure that chooses a record's partition, from its key and from how many partitions the topic has.
///
/// It runs inside librdkafka's locks, on the sender's thread or on librdkafka's own: it computes, and calls nothing of
/// librdkafka, directly or not (rule N6).
pub struct Partitioner(Box<Choose>);

type Choose = dyn Fn(Option<&[u8]>, i32) -> i32 + Send + Sync;

impl Partitioner {
    /// Takes a closure.
    pub fn new(choose: impl Fn(Option<&[u8]>, i32) -> i32 + Send + Sync + 'static) -> Self {
        Self(Box::new(choose))
    }
}

impl fmt::Debug for Partitioner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Partitioner").finish_non_exhaustive()
    }
}

/// What librdkafka calls. A partition that is none of the topic's, and a panic, fail the record
/// (`_UNKNOWN_PARTITION`, `rd_kafka_msg_partitioner`).
pub(super) unsafe extern "C" fn choose(
    _: *const rd_kafka_topic_t,
    key: *const c_void,
    key_len: usize,
    partitions: i32,
    opaque: *mut c_void,
    _: *mut c_void,
) -> c_int {
    let mut chosen = partitions;
    guarded("partitioner", || {
        let Some(partitioner) = NonNull::new(opaque.cast::<Partitioner>()) else { return };
        // SAFETY: registered with a partitioner that lives as long as the client, which is calling.
        let Partitioner(choose) = unsafe { partitioner.as_ref() };
        // SAFETY: null, or so many bytes that librdkafka lends for the duration of the call.
        let partition = choose(unsafe { bytes::slice(key, key_len) }, partitions);
        if (0..partitions).contains(&partition) {
            chosen = partition;
        }
    });
    chosen
}
