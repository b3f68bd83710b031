//! librdkafka's configuration object.

use std::{
    ffi::{CString, c_char, c_int, c_void},
    ptr::NonNull,
};

use super::ledger::{
    rd_kafka_conf_destroy, rd_kafka_conf_new, rd_kafka_conf_res_t, rd_kafka_conf_set,
    rd_kafka_conf_set_error_cb, rd_kafka_conf_set_events, rd_kafka_conf_set_opaque, rd_kafka_conf_t,
    rd_kafka_t,
};
use super::text::copied;
use crate::{Config, ConfigError};

/// librdkafka's configuration object, until a client takes it over.
pub(super) struct NativeConfig {
    ptr: NonNull<rd_kafka_conf_t>,
}

/// What librdkafka calls when it has an error for the application and the queue is not read as events.
pub(super) type ErrorCallback = unsafe extern "C" fn(*mut rd_kafka_t, c_int, *const c_char, *mut c_void);

impl NativeConfig {
    pub(super) fn new(config: &Config) -> Result<Self, ConfigError> {
        // SAFETY: takes nothing and allocates.
        let ptr = unsafe { rd_kafka_conf_new() };
        let ptr = NonNull::new(ptr).expect("librdkafka's allocator aborts rather than return null");
        let mut native = Self { ptr };
        for (key, value) in config.iter() {
            native.set(key, value)?;
        }
        Ok(native)
    }

    pub(super) fn set(&mut self, key: &str, value: &str) -> Result<(), ConfigError> {
        let holds_nul = |key: &str| ConfigError::InvalidValue {
            key: key.escape_debug().to_string(),
            reason: "holds a NUL byte".to_owned(),
        };
        let c_key = CString::new(key).map_err(|_| holds_nul(key))?;
        let c_value = CString::new(value).map_err(|_| holds_nul(key))?;
        let mut reason = [0 as c_char; 512];
        // SAFETY: the configuration is ours until a client takes it (N3); key and value end with NUL and are copied;
        // the buffer is as long as it is said to be.
        let result = unsafe {
            rd_kafka_conf_set(
                self.ptr.as_ptr(),
                c_key.as_ptr(),
                c_value.as_ptr(),
                reason.as_mut_ptr(),
                reason.len(),
            )
        };
        if result == rd_kafka_conf_res_t::RD_KAFKA_CONF_OK {
            return Ok(());
        }
        // SAFETY: librdkafka ends what it writes with NUL, within the buffer's length.
        let reason = unsafe { copied(reason.as_ptr()) };
        let key = key.to_owned();
        Err(if result == rd_kafka_conf_res_t::RD_KAFKA_CONF_UNKNOWN {
            ConfigError::UnknownKey { key, reason }
        } else {
            ConfigError::InvalidValue { key, reason }
        })
    }

    /// Chooses what arrives as events (`RD_KAFKA_EVENT_…`, or-ed).
    pub(super) fn set_events(&mut self, events: c_int) {
        // SAFETY: the configuration is ours (N3).
        unsafe { rd_kafka_conf_set_events(self.ptr.as_ptr(), events) };
    }

    /// Registers the error callback and the pointer it is called with.
    ///
    /// # Safety
    ///
    /// * `opaque` is valid for `callback`, on any thread, until the client that takes this configuration is destroyed.
    pub(super) unsafe fn set_error_callback(&mut self, callback: ErrorCallback, opaque: *mut c_void) {
        // SAFETY: the configuration is ours (N3).
        unsafe { rd_kafka_conf_set_error_cb(self.ptr.as_ptr(), Some(callback)) };
        // SAFETY: as above; the caller promises that the pointer outlives the client.
        unsafe { rd_kafka_conf_set_opaque(self.ptr.as_ptr(), opaque) };
    }

    pub(super) fn as_ptr(&self) -> *mut rd_kafka_conf_t {
        self.ptr.as_ptr()
    }

    /// Gives the configuration up: a client has taken it over.
    pub(super) fn taken_over(self) {
        std::mem::forget(self);
    }
}

impl Drop for NativeConfig {
    fn drop(&mut self) {
        // SAFETY: ours (N3); had a client taken it over, it would have been forgotten.
        unsafe { rd_kafka_conf_destroy(self.ptr.as_ptr()) };
    }
}
