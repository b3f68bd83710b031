//! Hearing of the delivery of records.

use std::{ffi::c_void, fmt, marker::PhantomData, mem::ManuallyDrop, ptr::NonNull};

use super::client::Client;
use super::event::NativeEvent;
use super::ledger::{rd_kafka_event_message_array, rd_kafka_message_t};
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

/// The delivery reports of one event. Of those that are dropped unread nobody hears.
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

    /// Takes the next ones, up to as many as there is room for; none if there are no more.
    #[inline]
    pub(super) fn next<'e, 'r>(
        &'e self,
        room: &'r mut [*const rd_kafka_message_t],
    ) -> impl ExactSizeIterator<Item = Reported<'e>> + Clone + use<'e, 'r> {
        // SAFETY: the event is live, and read by one thread; C writes at most as many pointers as there is room for.
        let count =
            unsafe { rd_kafka_event_message_array(self.event.as_ptr(), room.as_mut_ptr(), room.len()) };
        room[..count].iter().map(|message| Reported { message: message.cast_mut(), event: PhantomData })
    }
}

/// A message of a delivery report, lent by its event.
#[derive(Clone, Copy)]
pub(super) struct Reported<'e> {
    /// Not null.
    message: *mut rd_kafka_message_t,
    event: PhantomData<&'e NativeEvent>,
}

impl Reported<'_> {
    /// Returns what the record was sent with.
    #[inline]
    pub(super) fn opaque(self) -> NonNull<c_void> {
        NonNull::new(self.raw().opaque()).expect("every record is sent in a parcel")
    }

    #[inline]
    pub(super) fn report(self) -> DeliveryReport {
        let raw = self.raw();
        DeliveryReport {
            error: ErrorCode::check(raw.code()),
            partition: raw.partition(),
            offset: raw.offset(),
            timestamp: raw.timestamp(),
        }
    }

    /// Looks at it as the messages that are ours are looked at.
    #[inline]
    fn raw(self) -> ManuallyDrop<RawMessage> {
        // SAFETY: live until the event is freed, which is borrowed; it is not freed here.
        ManuallyDrop::new(unsafe { RawMessage::take(self.message) })
    }
}

impl fmt::Debug for Deliveries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deliveries").finish_non_exhaustive()
    }
}
