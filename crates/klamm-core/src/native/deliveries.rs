//! Hearing of the delivery of records.

use std::{ffi::c_void, fmt, mem::ManuallyDrop, ptr::NonNull};

use super::client::Client;
use super::event::NativeEvent;
use super::ledger::rd_kafka_event_message_next;
use super::message::RawMessage;
use crate::{ErrorCode, Timestamp};

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeliveryReport {
    /// Why it was not delivered.
    pub error: Option<ErrorCode>,
    /// The partition it went to.
    pub partition: i32,
    /// Its offset there, or a negative number if it was not delivered.
    pub offset: i64,
    /// Its timestamp.
    pub timestamp: Timestamp,
}

/// The delivery reports of one event; those that are dropped unread take their records' parcels with them.
pub struct Deliveries {
    event: NativeEvent,
    // Dropped after the event, which refers to it (N1).
    client: Client,
}

impl Deliveries {
    pub(super) fn of(event: NativeEvent, client: Client) -> Self {
        Self { event, client }
    }

    pub(super) fn is_of(&self, client: &Client) -> bool {
        self.client.is(client)
    }

    pub(super) fn next(&mut self) -> Option<(NonNull<c_void>, DeliveryReport)> {
        // SAFETY: the event is live, and the messages are lent until it is freed.
        let message = unsafe { rd_kafka_event_message_next(self.event.as_ptr()) };
        if message.is_null() {
            return None;
        }
        // SAFETY: live, as said, and looked at as the messages that are ours are; kept from being freed here.
        let raw = ManuallyDrop::new(unsafe { RawMessage::take(message.cast_mut()) });
        let report = DeliveryReport {
            error: ErrorCode::check(raw.code()),
            partition: raw.partition(),
            offset: raw.offset(),
            timestamp: raw.timestamp(),
        };
        Some((NonNull::new(raw.opaque()).expect("every record is sent in a parcel"), report))
    }
}

impl fmt::Debug for Deliveries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deliveries").finish_non_exhaustive()
    }
}
