//! Creating topics.

use std::{
    ffi::{c_char, c_int},
    ptr::{self, NonNull},
    slice,
    time::Duration,
};

use super::client::Client;
use super::code::check;
use super::event::NativeEvent;
use super::ledger::{
    rd_kafka_AdminOptions_destroy, rd_kafka_AdminOptions_new, rd_kafka_AdminOptions_set_operation_timeout,
    rd_kafka_AdminOptions_t, rd_kafka_CreateTopics, rd_kafka_CreateTopics_result_topics,
    rd_kafka_NewTopic_destroy, rd_kafka_NewTopic_new, rd_kafka_NewTopic_t, rd_kafka_admin_op_t,
    rd_kafka_event_CreateTopics_result, rd_kafka_event_error, rd_kafka_queue_destroy, rd_kafka_queue_new,
    rd_kafka_queue_poll, rd_kafka_queue_t, rd_kafka_topic_result_error, rd_kafka_topic_result_error_string,
};
use super::text::{c_string, copied, timeout_ms};
use crate::{Error, ErrorCode, ErrorKind};

const OPERATION: &str = "rd_kafka_CreateTopics";

/// Frees what the request is made of, in whatever state it was left (N3).
#[derive(Default)]
struct Request {
    topic: Option<NonNull<rd_kafka_NewTopic_t>>,
    options: Option<NonNull<rd_kafka_AdminOptions_t>>,
    queue: Option<NonNull<rd_kafka_queue_t>>,
}

impl Drop for Request {
    fn drop(&mut self) {
        if let Some(topic) = self.topic {
            // SAFETY: ours (N3).
            unsafe { rd_kafka_NewTopic_destroy(topic.as_ptr()) };
        }
        if let Some(options) = self.options {
            // SAFETY: ours (N3).
            unsafe { rd_kafka_AdminOptions_destroy(options.as_ptr()) };
        }
        if let Some(queue) = self.queue {
            // SAFETY: ours (N3); an answer that is still to come is freed by librdkafka.
            unsafe { rd_kafka_queue_destroy(queue.as_ptr()) };
        }
    }
}

impl Client {
    /// Creates a topic, and waits until the brokers have it, up to `timeout` (`rd_kafka_CreateTopics`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Topic`](crate::ErrorKind::Topic) with the broker's code, as if it exists;
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) if there was no answer in time.
    pub fn create_topic(
        &self,
        topic: &str,
        partitions: usize,
        replicas: usize,
        timeout: Duration,
    ) -> Result<(), Error> {
        let name = c_string(OPERATION, topic)?;
        let partitions = c_int::try_from(partitions).unwrap_or(c_int::MAX);
        let replicas = c_int::try_from(replicas).unwrap_or(c_int::MAX);
        let mut request = Request::default();
        let mut reason = [0 as c_char; 512];
        // SAFETY: the name ends with NUL and is copied; the buffer is as long as it is said to be.
        let new = unsafe {
            rd_kafka_NewTopic_new(name.as_ptr(), partitions, replicas, reason.as_mut_ptr(), reason.len())
        };
        request.topic = NonNull::new(new);
        if new.is_null() {
            // SAFETY: librdkafka ends what it writes with NUL, within the buffer's length.
            let reason = unsafe { copied(reason.as_ptr()) };
            return Err(Error::from(ErrorKind::Operation {
                operation: OPERATION,
                code: ErrorCode::INVALID_ARGUMENT,
                reason,
            }));
        }
        let kind = rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_CREATETOPICS;
        // SAFETY: the handle is live (N1).
        let options = unsafe { rd_kafka_AdminOptions_new(self.as_ptr(), kind) };
        request.options = NonNull::new(options);
        let millis = timeout_ms(Some(timeout));
        // SAFETY: the options are ours; the buffer is as long as it is said to be.
        let code = unsafe {
            rd_kafka_AdminOptions_set_operation_timeout(options, millis, reason.as_mut_ptr(), reason.len())
        };
        check(OPERATION, code as c_int)?;
        // SAFETY: the handle is live (N1).
        let queue = unsafe { rd_kafka_queue_new(self.as_ptr()) };
        request.queue = NonNull::new(queue);
        let mut topics = [new];
        // SAFETY: the handle is live (N1); topics and options are copied; the queue outlives the wait below.
        unsafe { rd_kafka_CreateTopics(self.as_ptr(), topics.as_mut_ptr(), topics.len(), options, queue) };
        // SAFETY: the queue is ours.
        let event = unsafe { rd_kafka_queue_poll(queue, millis) };
        let Some(event) = NonNull::new(event) else {
            return Err(Error::from(ErrorKind::Timeout { operation: OPERATION, after: timeout }));
        };
        // SAFETY: librdkafka gives the event to us.
        result(&unsafe { NativeEvent::take(event) }, topic)
    }
}

fn result(event: &NativeEvent, topic: &str) -> Result<(), Error> {
    // SAFETY: the event is live.
    check(OPERATION, unsafe { rd_kafka_event_error(event.as_ptr()) })?;
    // SAFETY: the event is live; null if it is the answer to something else.
    let result = unsafe { rd_kafka_event_CreateTopics_result(event.as_ptr()) };
    if result.is_null() {
        return Ok(());
    }
    let mut count = 0;
    // SAFETY: live as long as the event.
    let results = unsafe { rd_kafka_CreateTopics_result_topics(result, &raw mut count) };
    let results: &[*const _] = if results.is_null() || count == 0 {
        &[]
    } else {
        // SAFETY: an array of `count` pointers that lives as long as the event.
        unsafe { slice::from_raw_parts(results.cast_const(), count) }
    };
    for result in results.iter().copied().filter(|result| !ptr::eq(*result, ptr::null())) {
        // SAFETY: an entry of the array, live as long as the event.
        let code = unsafe { rd_kafka_topic_result_error(result) };
        let Some(code) = ErrorCode::check(code) else { continue };
        // SAFETY: as above.
        let reason = unsafe { rd_kafka_topic_result_error_string(result) };
        // SAFETY: null, or a string that belongs to the event (N9).
        let reason = unsafe { copied(reason) };
        return Err(Error::from(ErrorKind::Topic { topic: topic.into(), code, reason }));
    }
    Ok(())
}
