//! Commits of the last offsets, one request at a time.

use std::{
    ffi::{CString, c_int},
    ptr::{self, NonNull},
};

use anyhow::{Context, Result, ensure};
use rdkafka_sys::{
    rd_kafka_commit_queue, rd_kafka_event_destroy, rd_kafka_event_error, rd_kafka_queue_destroy,
    rd_kafka_queue_length, rd_kafka_queue_new, rd_kafka_queue_poll, rd_kafka_queue_t, rd_kafka_resp_err_t,
    rd_kafka_topic_partition_list_add, rd_kafka_topic_partition_list_destroy,
    rd_kafka_topic_partition_list_new, rd_kafka_topic_partition_list_set_offset,
};

use super::client::Client;

/// How long the last answer may take, in milliseconds.
const LAST_ANSWER: c_int = 60_000;

/// Which offsets are done, which request is under way, and where its answer comes.
pub(super) struct Commits<'c> {
    client: &'c Client,
    topic: CString,
    answers: NonNull<rd_kafka_queue_t>,
    /// Of each partition, the offset after the last message that is done; 0 if none is since the last request.
    next: Vec<i64>,
    /// The partitions where that is not 0.
    changed: Vec<i32>,
    /// Messages that are done since the last request.
    done: usize,
    /// After how many of them the next is due.
    every: usize,
    is_under_way: bool,
    is_refused: bool,
}

impl<'c> Commits<'c> {
    pub(super) fn new(client: &'c Client, topic: &str, partitions: usize, every: usize) -> Result<Self> {
        // SAFETY: the handle is live.
        let answers = unsafe { rd_kafka_queue_new(client.as_ptr()) };
        Ok(Self {
            client,
            topic: CString::new(topic)?,
            answers: NonNull::new(answers).context("there is no memory for a queue")?,
            next: vec![0; partitions],
            changed: Vec::with_capacity(partitions),
            done: 0,
            every,
            is_under_way: false,
            is_refused: false,
        })
    }

    /// Notes that so many messages of a partition are done, the last at `offset`, and sends a request if it is due.
    #[inline]
    pub(super) fn done(&mut self, partition: i32, offset: i64, messages: usize) {
        let next = &mut self.next[usize::try_from(partition).unwrap_or(0)];
        if *next == 0 {
            self.changed.push(partition);
        }
        *next = offset + 1;
        self.done += messages;
        if self.done >= self.every && !self.is_waiting() {
            self.send();
        }
    }

    /// Tells whether the last request is not answered.
    fn is_waiting(&mut self) -> bool {
        // SAFETY: our own queue, of a live client.
        if self.is_under_way && unsafe { rd_kafka_queue_length(self.answers.as_ptr()) } > 0 {
            self.take_answer(0);
        }
        self.is_under_way
    }

    /// Waits for an answer so many milliseconds.
    fn take_answer(&mut self, within: c_int) {
        // SAFETY: as above.
        let event = unsafe { rd_kafka_queue_poll(self.answers.as_ptr(), within) };
        if event.is_null() {
            return;
        }
        // SAFETY: the event is ours until it is destroyed below.
        let error = unsafe { rd_kafka_event_error(event) };
        // SAFETY: ours, and not used again.
        unsafe { rd_kafka_event_destroy(event) };
        self.is_under_way = false;
        self.is_refused |= error != rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR;
    }

    fn send(&mut self) {
        let Ok(size) = c_int::try_from(self.changed.len()) else { return };
        // SAFETY: it takes a size to begin with, and gives us a new list.
        let list = unsafe { rd_kafka_topic_partition_list_new(size) };
        for partition in self.changed.drain(..) {
            let next = std::mem::take(&mut self.next[usize::try_from(partition).unwrap_or(0)]);
            // SAFETY: the list is ours; the name ends with NUL and is copied.
            unsafe { rd_kafka_topic_partition_list_add(list, self.topic.as_ptr(), partition) };
            // SAFETY: as above; the entry was added just now.
            unsafe { rd_kafka_topic_partition_list_set_offset(list, self.topic.as_ptr(), partition, next) };
        }
        let (client, answers) = (self.client.as_ptr(), self.answers.as_ptr());
        // SAFETY: handle and queue are live; the list is ours and copied; without a callback the answer is an event.
        let error = unsafe { rd_kafka_commit_queue(client, list, answers, None, ptr::null_mut()) };
        // SAFETY: ours, and not used again.
        unsafe { rd_kafka_topic_partition_list_destroy(list) };
        self.done = 0;
        self.is_under_way = error == rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR;
        self.is_refused |= !self.is_under_way;
    }

    /// Commits what is left, and waits for the answers.
    pub(super) fn finish(mut self) -> Result<()> {
        self.wait();
        if !self.changed.is_empty() {
            self.send();
            self.wait();
        }
        ensure!(!self.is_under_way, "a commit is not answered");
        ensure!(!self.is_refused && self.changed.is_empty(), "a commit is refused");
        Ok(())
    }

    fn wait(&mut self) {
        if self.is_under_way {
            self.take_answer(LAST_ANSWER);
        }
    }
}

impl Drop for Commits<'_> {
    fn drop(&mut self) {
        // SAFETY: ours, and not used again; the client is still live.
        unsafe { rd_kafka_queue_destroy(self.answers.as_ptr()) };
    }
}
