//! A client's handle.

use std::{
    ffi::{CStr, CString, c_char, c_int},
    fmt,
    ptr::NonNull,
};

use anyhow::{Result, bail, ensure};
use klamm_core::Config;
use rdkafka_sys::{
    rd_kafka_assign, rd_kafka_conf_set_events, rd_kafka_consumer_close, rd_kafka_destroy, rd_kafka_new,
    rd_kafka_resp_err_t, rd_kafka_t, rd_kafka_topic_partition_list_add,
    rd_kafka_topic_partition_list_destroy, rd_kafka_topic_partition_list_new,
    rd_kafka_topic_partition_list_set_offset, rd_kafka_type_t,
};

use super::configuration::Configuration;

/// The first offset there is (`RD_KAFKA_OFFSET_BEGINNING`).
const BEGINNING: i64 = -2;

/// A client's handle, closed if it is a consumer's, and destroyed when dropped.
pub(super) struct Client {
    handle: NonNull<rd_kafka_t>,
    kind: rd_kafka_type_t,
}

impl Client {
    pub(super) fn consumer(config: &Config) -> Result<Self> {
        Self::start(rd_kafka_type_t::RD_KAFKA_CONSUMER, Configuration::new(config)?)
    }

    /// Starts a producer, which has `events` put on its queue.
    pub(super) fn producer(config: &Config, events: c_int) -> Result<Self> {
        let configuration = Configuration::new(config)?;
        // SAFETY: the settings are ours.
        unsafe { rd_kafka_conf_set_events(configuration.as_ptr(), events) };
        Self::start(rd_kafka_type_t::RD_KAFKA_PRODUCER, configuration)
    }

    fn start(kind: rd_kafka_type_t, configuration: Configuration) -> Result<Self> {
        let mut reason = Reason::new();
        // SAFETY: the settings are ours, and forgotten below if the client takes them; the buffer is as long as it is
        // said to be.
        let client = unsafe { rd_kafka_new(kind, configuration.as_ptr(), reason.as_mut_ptr(), reason.len()) };
        let Some(handle) = NonNull::new(client) else { bail!("cannot start a client: {reason}") };
        configuration.taken_over();
        Ok(Self { handle, kind })
    }

    /// Assigns these partitions of a topic, from the beginning.
    pub(super) fn assign(&self, topic: &str, partitions: impl Iterator<Item = i32>) -> Result<()> {
        let topic = CString::new(topic)?;
        // SAFETY: it takes a size to begin with, and gives us a new list.
        let list = unsafe { rd_kafka_topic_partition_list_new(0) };
        for partition in partitions {
            // SAFETY: the list is ours; the name ends with NUL and is copied.
            unsafe { rd_kafka_topic_partition_list_add(list, topic.as_ptr(), partition) };
            // SAFETY: as above; the entry was added just now.
            unsafe { rd_kafka_topic_partition_list_set_offset(list, topic.as_ptr(), partition, BEGINNING) };
        }
        // SAFETY: the handle is live; the list is ours and copied.
        let error = unsafe { rd_kafka_assign(self.as_ptr(), list) };
        // SAFETY: ours, and not used again.
        unsafe { rd_kafka_topic_partition_list_destroy(list) };
        ensure!(error == rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR, "cannot assign: {error:?}");
        Ok(())
    }

    pub(super) fn as_ptr(&self) -> *mut rd_kafka_t {
        self.handle.as_ptr()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if self.kind == rd_kafka_type_t::RD_KAFKA_CONSUMER {
            // SAFETY: the handle is live, and a consumer's.
            unsafe { rd_kafka_consumer_close(self.as_ptr()) };
        }
        // SAFETY: ours; queues and messages of it borrow this value or were freed before.
        unsafe { rd_kafka_destroy(self.as_ptr()) };
    }
}

/// Room for the C library's words.
pub(super) struct Reason([c_char; 512]);

impl Reason {
    pub(super) fn new() -> Self {
        Self([0; 512])
    }

    pub(super) fn as_mut_ptr(&mut self) -> *mut c_char {
        self.0.as_mut_ptr()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // SAFETY: the C library ends what it writes with NUL, within the length; before that it is all NUL.
        let words = unsafe { CStr::from_ptr(self.0.as_ptr()) };
        f.write_str(&words.to_string_lossy())
    }
}
