//! A topic's handle, for the calls that do not take its name.

use std::ptr::{self, NonNull};

use super::client::Client;
use super::ledger::{rd_kafka_last_error, rd_kafka_topic_destroy, rd_kafka_topic_new, rd_kafka_topic_t};
use super::text::{c_string, invalid};
use crate::{Error, ErrorCode, ErrorKind};

/// A counted reference to what a client knows of a topic. Whoever holds it holds the client as well.
pub(super) struct TopicHandle(NonNull<rd_kafka_topic_t>);

// SAFETY: N4; topic handles are counted references.
unsafe impl Send for TopicHandle {}
// SAFETY: as above.
unsafe impl Sync for TopicHandle {}

impl TopicHandle {
    /// Returns a topic's handle (`rd_kafka_topic_new`). A topic that is new to the client makes it ask a broker for the
    /// leaders, in the background.
    pub(super) fn new(client: &Client, name: &str) -> Result<Self, Error> {
        const OPERATION: &str = "rd_kafka_topic_new";
        if name.is_empty() {
            return Err(invalid(OPERATION, "a topic's name is not empty".to_owned()));
        }
        let c_name = c_string(OPERATION, name)?;
        // SAFETY: the handle is live (N1); the name ends with NUL and is copied; null stands for the client's defaults.
        let topic = unsafe { rd_kafka_topic_new(client.as_ptr(), c_name.as_ptr(), ptr::null_mut()) };
        let Some(topic) = NonNull::new(topic) else {
            // SAFETY: reads a thread-local number.
            let code = ErrorCode::from_raw(unsafe { rd_kafka_last_error() });
            let reason = format!("{name:?}: {}", code.text());
            return Err(Error::from(ErrorKind::Operation { operation: OPERATION, code, reason }));
        };
        Ok(Self(topic))
    }

    pub(super) fn as_ptr(&self) -> *mut rd_kafka_topic_t {
        self.0.as_ptr()
    }
}

impl Drop for TopicHandle {
    fn drop(&mut self) {
        // SAFETY: our reference (N3), dropped before the client by whoever holds both.
        unsafe { rd_kafka_topic_destroy(self.0.as_ptr()) };
    }
}
