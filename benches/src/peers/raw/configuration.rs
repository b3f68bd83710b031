//! Settings, as the C library wants them.

use std::{ffi::CString, ptr::NonNull};

use anyhow::{Context, Result, ensure};
use klamm_core::Config;
use rdkafka_sys::{
    rd_kafka_conf_destroy, rd_kafka_conf_new, rd_kafka_conf_res_t, rd_kafka_conf_set, rd_kafka_conf_t,
};

use super::client::Reason;

/// Settings, as the C library wants them.
pub(super) struct Configuration(NonNull<rd_kafka_conf_t>);

impl Configuration {
    pub(super) fn new(config: &Config) -> Result<Self> {
        // SAFETY: it takes nothing, and gives us a new object.
        let conf = unsafe { rd_kafka_conf_new() };
        let conf = Self(NonNull::new(conf).context("there is no memory for settings")?);
        for (key, value) in config.iter() {
            conf.set(key, value)?;
        }
        Ok(conf)
    }

    fn set(&self, key: &str, value: &str) -> Result<()> {
        let (name, value) = (CString::new(key)?, CString::new(value)?);
        let mut reason = Reason::new();
        // SAFETY: the object is ours; the strings end with NUL and are copied; the buffer is as long as it is said to be.
        let result = unsafe {
            rd_kafka_conf_set(
                self.0.as_ptr(),
                name.as_ptr(),
                value.as_ptr(),
                reason.as_mut_ptr(),
                reason.len(),
            )
        };
        ensure!(result == rd_kafka_conf_res_t::RD_KAFKA_CONF_OK, "{key}: {reason}");
        Ok(())
    }

    pub(super) fn as_ptr(&self) -> *mut rd_kafka_conf_t {
        self.0.as_ptr()
    }

    /// Says that a client has taken the object over.
    pub(super) fn taken_over(self) {
        std::mem::forget(self);
    }
}

impl Drop for Configuration {
    fn drop(&mut self) {
        // SAFETY: ours, since no client has taken it over.
        unsafe { rd_kafka_conf_destroy(self.0.as_ptr()) };
    }
}
