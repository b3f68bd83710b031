//! A message, and a copy of one.

use std::{
    ffi::{CStr, c_void},
    hint::black_box,
    marker::PhantomData,
    ptr::{self, NonNull},
};

use rdkafka_sys::{
    rd_kafka_header_get_all, rd_kafka_headers_t, rd_kafka_message_destroy, rd_kafka_message_headers,
    rd_kafka_message_t, rd_kafka_resp_err_t,
};

use super::client::Client;

/// A message of a live client, destroyed when dropped.
pub(super) struct Taken<'c> {
    message: NonNull<rd_kafka_message_t>,
    client: PhantomData<&'c Client>,
}

impl Taken<'_> {
    /// Takes a message over.
    ///
    /// # Safety
    ///
    /// * `message` is null or ours to destroy, and the client outlives the value.
    pub(super) unsafe fn new(message: *mut rd_kafka_message_t) -> Option<Self> {
        Some(Self { message: NonNull::new(message)?, client: PhantomData })
    }

    #[inline]
    pub(super) fn payload(&self) -> usize {
        // SAFETY: the message is live until it is dropped.
        unsafe { self.message.as_ref() }.len
    }

    /// Copies key and payload into new memory of the C library's.
    #[inline]
    pub(super) fn copy(&self) -> Copied {
        // SAFETY: the message is live until it is dropped.
        let message = unsafe { self.message.as_ref() };
        let (key, payload) = (message.key_len, message.len);
        // SAFETY: any length will do.
        let memory = unsafe { libc::malloc(key + payload) };
        assert!(!memory.is_null(), "there is no memory");
        // SAFETY: the memory is new and has room for the key, which is live.
        unsafe { ptr::copy_nonoverlapping(message.key.cast::<u8>(), memory.cast(), key) };
        // SAFETY: there is room for both.
        let rest = unsafe { memory.cast::<u8>().add(key) };
        // SAFETY: as above, after the key.
        unsafe { ptr::copy_nonoverlapping(message.payload.cast::<u8>(), rest, payload) };
        Copied { memory, payload }
    }

    /// Reads the headers, and returns how many bytes their names and values have.
    pub(super) fn headers(&self) -> usize {
        let mut list = ptr::null_mut();
        // SAFETY: the message is live, and ours alone.
        let error = unsafe { rd_kafka_message_headers(self.message.as_ptr(), &raw mut list) };
        if error != rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
            return 0;
        }
        // SAFETY: the list lives as long as the message.
        (0..).map_while(|index| unsafe { header(list, index) }).sum()
    }
}

/// Reads a header, and returns how many bytes its name and value have.
///
/// # Safety
///
/// * `list` is live.
unsafe fn header(list: *const rd_kafka_headers_t, index: usize) -> Option<usize> {
    let (mut name, mut value, mut len) = (ptr::null(), ptr::null(), 0);
    // SAFETY: the list is live; the targets are ours.
    let error = unsafe { rd_kafka_header_get_all(list, index, &raw mut name, &raw mut value, &raw mut len) };
    if error != rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
        return None;
    }
    black_box(value);
    // SAFETY: a name ends with NUL, and lives as long as the list.
    Some(unsafe { CStr::from_ptr(name) }.count_bytes() + len)
}

impl Drop for Taken<'_> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: ours, and not used again; the client is live.
        unsafe { rd_kafka_message_destroy(self.message.as_ptr()) };
    }
}

/// Key and payload in memory of their own, freed when dropped.
pub(super) struct Copied {
    memory: *mut c_void,
    payload: usize,
}

impl Copied {
    #[inline]
    pub(super) fn payload(&self) -> usize {
        self.payload
    }
}

impl Drop for Copied {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: ours, and not used again.
        unsafe { libc::free(self.memory) };
    }
}
