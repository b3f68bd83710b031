//! The area of messages that were taken and are borrowed, shared or detached.
//!
//! Every client waits until all messages are in its queues, and then takes 256 of them at a time; what follows is measured, for
//! one message after the other:
//!
//! * *borrow*: key, payload, topic, partition, offset and time are read, with headers their names and values too, and the
//!   message is dropped;
//! * *share*: the message becomes one that outlives its consumer, its headers are read, and it is dropped once 64 others
//!   have come;
//! * *detach*: it becomes one with bytes of its own, the original is dropped, and the copy is dropped once 64 others have
//!   come.
//!
//! The plain calls do as little as there is to do: they free the message (`rd_kafka_message_destroy`), with headers after
//! `rd_kafka_message_headers` and `rd_kafka_header_get_all`; to detach they `malloc` and copy key and payload, and no
//! headers. The `rdkafka` crate has nothing like *share*, and its *detach* copies the headers, as Klamm's does.

mod area;
mod case;
mod portions;
mod ring;
mod scene;

pub use area::AREA;
pub use case::{Keeping, Way};
pub(crate) use portions::portions;
pub(crate) use ring::Ring;
pub use scene::Scene;
