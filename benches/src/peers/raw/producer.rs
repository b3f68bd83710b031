//! Records by `rd_kafka_producev`, and their reports in batches on the same thread.

use std::{
    ffi::{CString, c_int, c_void},
    ptr::{self, NonNull},
};

use anyhow::{Context, Result, ensure};
use rdkafka_sys::{
    RD_KAFKA_EVENT_DR, RD_KAFKA_MSG_F_COPY, rd_kafka_event_destroy, rd_kafka_event_message_next,
    rd_kafka_event_type, rd_kafka_producev, rd_kafka_queue_destroy, rd_kafka_queue_get_main,
    rd_kafka_queue_poll, rd_kafka_queue_t, rd_kafka_resp_err_t, rd_kafka_topic_destroy, rd_kafka_topic_new,
    rd_kafka_topic_t, rd_kafka_vtype_t,
};

use super::client::Client;
use crate::{area::Meter, measure::Work, producer::Records, topic::Topic};

/// Sends from a thread that reads reports when as many are under way.
///
/// # Errors
///
/// If the producer does not start, or a record is not delivered.
pub fn producer(records: &Records, meter: &mut Meter<'_>) -> Result<()> {
    let case = records.case();
    let client = Client::producer(&records.config(), RD_KAFKA_EVENT_DR)?;
    let sender = Sender::start(&client, vec![b'.'; case.payload])?;
    let mut failed = usize::from(!sender.send());
    let mut waiting = 1;
    while waiting > 0 {
        waiting -= sender.read(&mut failed);
    }
    meter(&mut || {
        let mut work = Work::default();
        let mut under_way = 0;
        for _ in 0..case.records {
            while under_way >= case.in_flight {
                under_way -= sender.read(&mut failed);
            }
            failed += usize::from(!sender.send());
            under_way += 1;
            work.add(case.payload);
        }
        while under_way > 0 {
            under_way -= sender.read(&mut failed);
        }
        work
    });
    ensure!(failed == 0, "{failed} records were not delivered");
    Ok(())
}

/// A topic's handle, the queue of the reports, and what is sent.
struct Sender<'c> {
    client: &'c Client,
    topic: NonNull<rd_kafka_topic_t>,
    queue: NonNull<rd_kafka_queue_t>,
    payload: Vec<u8>,
}

impl<'c> Sender<'c> {
    fn start(client: &'c Client, payload: Vec<u8>) -> Result<Self> {
        let name = CString::new(Topic::NAME)?;
        // SAFETY: the handle is live; the name ends with NUL and is copied; null stands for the defaults.
        let topic = unsafe { rd_kafka_topic_new(client.as_ptr(), name.as_ptr(), ptr::null_mut()) };
        let topic = NonNull::new(topic).context("there is no such topic")?;
        // SAFETY: the handle is live.
        let queue = unsafe { rd_kafka_queue_get_main(client.as_ptr()) };
        let queue = NonNull::new(queue).context("a producer has a queue")?;
        Ok(Self { client, topic, queue, payload })
    }

    /// Sends a record, and returns whether it was taken.
    fn send(&self) -> bool {
        // SAFETY: handle and topic are live. The arguments are pairs of a type and a value of the C type that belongs to it,
        // and end with END; the payload is copied.
        let error = unsafe {
            rd_kafka_producev(
                self.client.as_ptr(),
                rd_kafka_vtype_t::RD_KAFKA_VTYPE_RKT,
                self.topic.as_ptr(),
                rd_kafka_vtype_t::RD_KAFKA_VTYPE_PARTITION,
                0_i32,
                rd_kafka_vtype_t::RD_KAFKA_VTYPE_MSGFLAGS,
                RD_KAFKA_MSG_F_COPY as c_int,
                rd_kafka_vtype_t::RD_KAFKA_VTYPE_VALUE,
                self.payload.as_ptr().cast::<c_void>(),
                self.payload.len(),
                rd_kafka_vtype_t::RD_KAFKA_VTYPE_END,
            )
        };
        error == rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR
    }

    /// Waits for reports, and returns of how many records they are.
    fn read(&self, failed: &mut usize) -> usize {
        // SAFETY: our reference, to the queue of a live client.
        let event = unsafe { rd_kafka_queue_poll(self.queue.as_ptr(), -1) };
        // SAFETY: null, or ours until it is destroyed.
        if unsafe { rd_kafka_event_type(event) } != RD_KAFKA_EVENT_DR {
            // SAFETY: null, or ours, and not used again.
            unsafe { rd_kafka_event_destroy(event) };
            return 0;
        }
        let mut count = 0;
        loop {
            // SAFETY: the event is live.
            let message = unsafe { rd_kafka_event_message_next(event) };
            if message.is_null() {
                break;
            }
            // SAFETY: lent until the event is destroyed.
            let error = unsafe { (*message).err };
            *failed += usize::from(error != rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR);
            count += 1;
        }
        // SAFETY: ours, and not used again.
        unsafe { rd_kafka_event_destroy(event) };
        count
    }
}

impl Drop for Sender<'_> {
    fn drop(&mut self) {
        // SAFETY: ours, and not used again; the client is still live.
        unsafe { rd_kafka_queue_destroy(self.queue.as_ptr()) };
        // SAFETY: as above.
        unsafe { rd_kafka_topic_destroy(self.topic.as_ptr()) };
    }
}
