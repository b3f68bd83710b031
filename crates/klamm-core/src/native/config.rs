//! librdkafka's configuration object.

use std::{
    ffi::{CStr, CString, c_char, c_int, c_void},
    ptr::NonNull,
};

use super::ledger::{
    rd_kafka_conf_destroy, rd_kafka_conf_enable_sasl_queue, rd_kafka_conf_get,
    rd_kafka_conf_get_default_topic_conf, rd_kafka_conf_new, rd_kafka_conf_res_t, rd_kafka_conf_set,
    rd_kafka_conf_set_default_topic_conf, rd_kafka_conf_set_error_cb, rd_kafka_conf_set_events,
    rd_kafka_conf_set_opaque, rd_kafka_conf_t, rd_kafka_t, rd_kafka_topic_conf_new,
    rd_kafka_topic_conf_set_opaque, rd_kafka_topic_conf_set_partitioner_cb,
};
use super::partitioner::{self, Partitioner};
use super::text::copied;
use crate::{Config, ConfigError, config::Secrets};

/// A key of librdkafka's own tests, hidden from its documentation: it stores the value's address and calls it later.
const CALLED: &str = "ut_handle_ProduceResponse";

/// librdkafka's configuration object, until a client takes it over.
pub(super) struct NativeConfig {
    ptr: NonNull<rd_kafka_conf_t>,
    secrets: Secrets,
}

/// Checks every key and value of a configuration.
pub(crate) fn check_config(config: &Config) -> Result<(), ConfigError> {
    NativeConfig::new(config).map(drop)
}

/// What librdkafka calls when it has an error for the application and the queue is not read as events.
pub(super) type ErrorCallback = unsafe extern "C" fn(*mut rd_kafka_t, c_int, *const c_char, *mut c_void);

impl NativeConfig {
    pub(super) fn new(config: &Config) -> Result<Self, ConfigError> {
        // SAFETY: takes nothing and allocates.
        let ptr = unsafe { rd_kafka_conf_new() };
        let ptr = NonNull::new(ptr).expect("librdkafka's allocator aborts rather than return null");
        let mut native = Self { ptr, secrets: Secrets::of(config) };
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
        if key == CALLED {
            let reason = "only librdkafka's own tests may set it".to_owned();
            return Err(ConfigError::UnknownKey { key: key.to_owned(), reason });
        }
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
            return if is_beyond_32_bits(value) && self.is_number(&c_key) {
                let reason = "the number is out of range: it does not fit 32 bits".to_owned();
                Err(ConfigError::InvalidValue { key: key.to_owned(), reason })
            } else {
                Ok(())
            };
        }
        // SAFETY: librdkafka ends what it writes with NUL, within the buffer's length.
        let reason = unsafe { copied(reason.as_ptr()) };
        let reason = self.secrets.blot(reason.trim_end().to_owned());
        let key = key.to_owned();
        Err(if result == rd_kafka_conf_res_t::RD_KAFKA_CONF_UNKNOWN {
            ConfigError::UnknownKey { key, reason }
        } else {
            ConfigError::InvalidValue { key, reason }
        })
    }

    /// Tells whether a key that was set holds a number of 32 bits.
    fn is_number(&self, key: &CStr) -> bool {
        // SAFETY: the configuration is ours (N3).
        let value = unsafe { short_value(self.ptr.as_ptr(), key) };
        value.is_some_and(|value| value.parse::<i32>().is_ok())
    }

    /// Has a closure choose the partitions of all topics.
    ///
    /// # Safety
    ///
    /// * `partitioner` outlives the client that takes this configuration.
    pub(super) unsafe fn set_partitioner(&mut self, partitioner: *const Partitioner) {
        // SAFETY: the configuration is ours (N3).
        let mut topic = unsafe { rd_kafka_conf_get_default_topic_conf(self.ptr.as_ptr()) };
        if topic.is_null() {
            // SAFETY: takes nothing and allocates.
            topic = unsafe { rd_kafka_topic_conf_new() };
            // SAFETY: both are ours; the configuration takes the topics' over.
            unsafe { rd_kafka_conf_set_default_topic_conf(self.ptr.as_ptr(), topic) };
        }
        // SAFETY: the topics' configuration is live, a part of ours (N3).
        unsafe { rd_kafka_topic_conf_set_partitioner_cb(topic, Some(partitioner::choose)) };
        // SAFETY: as above; the caller promises that the pointer outlives the client.
        unsafe { rd_kafka_topic_conf_set_opaque(topic, partitioner.cast_mut().cast()) };
    }

    /// The secrets of this configuration.
    pub(super) fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Chooses what arrives as events (`RD_KAFKA_EVENT_…`, or-ed).
    pub(super) fn set_events(&mut self, events: c_int) {
        // SAFETY: the configuration is ours (N3).
        unsafe { rd_kafka_conf_set_events(self.ptr.as_ptr(), events) };
    }

    /// Has requests for tokens put on a queue of their own (`rd_kafka_conf_enable_sasl_queue`).
    pub(super) fn enable_sasl_queue(&mut self) {
        // SAFETY: the configuration is ours (N3).
        unsafe { rd_kafka_conf_enable_sasl_queue(self.ptr.as_ptr(), 1) };
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

    /// Gives the configuration up, except for its secrets: a client has taken it over.
    pub(super) fn taken_over(mut self) -> Secrets {
        let secrets = std::mem::take(&mut self.secrets);
        std::mem::forget(self);
        secrets
    }
}

impl Drop for NativeConfig {
    fn drop(&mut self) {
        // SAFETY: ours (N3); had a client taken it over, it would have been forgotten.
        unsafe { rd_kafka_conf_destroy(self.ptr.as_ptr()) };
    }
}

/// Reads a setting whose value is short, such as a number.
///
/// # Safety
///
/// * `conf` is live.
pub(super) unsafe fn short_value(conf: *const rd_kafka_conf_t, key: &CStr) -> Option<String> {
    let mut text = [0 as c_char; 32];
    let mut length = text.len();
    // SAFETY: the caller promises the configuration; the key ends with NUL; the buffer is as long as it is said to be.
    let result = unsafe { rd_kafka_conf_get(conf, key.as_ptr(), text.as_mut_ptr(), &raw mut length) };
    // SAFETY: librdkafka ends what it writes with NUL, within the buffer's length; the last byte is zero anyway.
    let text = unsafe { copied(text.as_ptr()) };
    (result == rd_kafka_conf_res_t::RD_KAFKA_CONF_OK).then_some(text)
}

/// Tells whether a value begins with an integer that does not fit 32 bits.
///
/// librdkafka reads such a value with `strtol` and cuts it off: `rd_kafka_conf_set` takes 4294967396 for 100.
fn is_beyond_32_bits(value: &str) -> bool {
    let text = value.trim_ascii_start();
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (radix, digits) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => (16, digits),
        None if text.starts_with('0') => (8, text),
        None => (10, text),
    };
    let digits = digits.chars().map_while(|digit| digit.to_digit(radix));
    let magnitude =
        digits.fold(0_i64, |sum, digit| sum.saturating_mul(radix.into()).saturating_add(digit.into()));
    i32::try_from(sign * magnitude).is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_integer_beyond_32_bits_is_recognised_in_all_notations() {
        for value in [
            "2147483648",
            "-2147483649",
            " +4294967396",
            "0x100000064",
            "040000000144",
            "99999999999999999999 ms",
        ] {
            assert!(is_beyond_32_bits(value), "{value}");
        }
        for value in ["2147483647", "-2147483648", "0x7fffffff", "100", "", "-", "0x", "all", "1,99999999999"]
        {
            assert!(!is_beyond_32_bits(value), "{value}");
        }
    }
}
