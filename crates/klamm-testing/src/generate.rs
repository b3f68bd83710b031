//! Messages for property tests: any that a topic can hold.
//!
//! The generators are strategies of the `proptest` crate, to be combined with its own. They reach for what goes wrong: absent and
//! empty keys, payloads and values, names that repeat or are no text, timestamps that are not there.
//!
//! ```
//! use klamm_core::{Message, OwnedMessage};
//! use klamm_testing::generate;
//! use proptest::{prop_assert, strategy::{Strategy, ValueTree}, test_runner::TestRunner};
//!
//! /// The handler under test.
//! fn is_tombstone(message: &OwnedMessage) -> bool {
//!     message.payload().is_none()
//! }
//!
//! TestRunner::default()
//!     .run(&generate::message("orders", 0..4), |message| {
//!         prop_assert!(is_tombstone(&message) == message.payload_bytes().is_none());
//!         Ok(())
//!     })
//!     .expect("tombstones are told apart");
//! ```

use std::ops::Range;

use klamm_core::{
    OwnedMessage, Timestamp,
    message::{MessageBuilder, OwnedHeaders},
};
use proptest::{collection::vec, option, prelude::*};

/// Some bytes, few more often than many.
pub fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![4 => vec(any::<u8>(), 0..16), 2 => vec(any::<u8>(), 0..200), 1 => vec(any::<u8>(), 0..5_000)]
}

/// The name of a header: mostly one of a few, so that names repeat, and sometimes no text.
pub fn header_name() -> impl Strategy<Value = Vec<u8>> {
    const FEW: &[&[u8]] = &[b"a", b"traceparent", b"", b"\xff\xfe"];
    prop_oneof![
        4 => prop::sample::select(FEW).prop_map(<[u8]>::to_vec),
        2 => vec(any::<u8>(), 0..100),
    ]
}

/// Up to twelve headers, with and without values.
pub fn headers() -> impl Strategy<Value = OwnedHeaders> {
    vec((header_name(), option::of(bytes())), 0..12).prop_map(OwnedHeaders::from_iter)
}

/// A time that a producer can write, in milliseconds since 1970 (0 is "now" to librdkafka, and left out), or none.
pub fn timestamp() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        1 => Just(Timestamp::NotAvailable),
        4 => (1..=4_102_444_800_000_i64).prop_map(Timestamp::CreateTime),
    ]
}

/// Any message of `topic`, in one of `partitions`, at any offset, under any leader epoch, with a time by either clock.
pub fn message(topic: &'static str, partitions: Range<i32>) -> impl Strategy<Value = OwnedMessage> {
    let of_broker = option::weighted(0.2, 0..=i64::MAX);
    (message_builder(topic, partitions), option::of(0..i32::MAX), of_broker).prop_map(
        |(builder, leader_epoch, appended)| {
            let builder = builder.maybe_leader_epoch(leader_epoch);
            match appended {
                Some(millis) => builder.timestamp(Timestamp::LogAppendTime(millis)).build(),
                None => builder.build(),
            }
        },
    )
}

/// A message of `topic`, in one of `partitions`, as a producer can write it, to be changed before it is built.
pub fn message_builder(topic: &'static str, partitions: Range<i32>) -> impl Strategy<Value = MessageBuilder> {
    (partitions, 0..i64::MAX, option::of(bytes()), option::of(bytes()), headers(), timestamp()).prop_map(
        move |(partition, offset, key, payload, headers, timestamp)| {
            OwnedMessage::builder(topic)
                .partition(partition)
                .offset(offset)
                .maybe_key(key)
                .maybe_payload(payload)
                .headers(headers)
                .timestamp(timestamp)
        },
    )
}
