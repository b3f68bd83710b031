//! The boundary to librdkafka: the only room with `unsafe`, and what the other crates are built from.
//!
//! Everything public here is safe to call from any thread. Applications seldom need it: `klamm-stream` and
//! `klamm-producer` stand between. No type of `rdkafka-sys` appears in a signature.
//!
//! # The rules of the boundary
//!
//! `SAFETY` comments cite these by number and add what is particular to their place. librdkafka is 2.12.1.
//!
//! * **N1, the handle outlives everything.** Each message, queue, list of work and event holds, or borrows from, a
//!   [`Client`]; `rd_kafka_destroy` is called when the last of them is gone, so every pointer we hold is live.
//! * **N2, destroying waits, so it has its own thread.** `rd_kafka_destroy` returns only after the last message is
//!   freed, and may wait seconds for a broker. Only the reaper calls it.
//! * **N3, one owner, one free.** A pointer is held by exactly one Rust value, whose `Drop` frees it with the function
//!   that belongs to it. What C takes over (a configuration that became a client) is forgotten here.
//! * **N4, librdkafka locks for itself.** Its functions may be called from any thread at once unless its header says
//!   otherwise; the handle types are therefore `Send` and `Sync`. What its header does not promise is restricted here:
//!   a partition's queue is read through `&mut`.
//! * **N5, messages are read-only.** Nothing writes to a fetched message after it left its queue, so it may be read from
//!   several threads. The exception is `rd_kafka_message_headers`, which keeps what it has parsed in the message: it is
//!   called under one lock, and only for messages whose headers are not read where they lie.
//! * **N6, a callback is atomics only.** It runs inside librdkafka's locks, possibly on a thread that is inside another
//!   librdkafka call: it calls nothing of librdkafka, takes no lock, does not wait, and runs under the panic guard.
//! * **N7, an opaque pointer outlives its registration.** A callback is unregistered under the queue's own lock
//!   (`rd_kafka_queue_cb_event_enable` with null) before what it points to is freed. What cannot be unregistered (the choice
//!   of partitions, payloads) the client owns itself until it is destroyed, and is leaked with it if there is no thread for that.
//! * **N8, codes are numbers.** A code from a broker may be one that `rdkafka-sys` has no name for, so it is never read
//!   as its Rust enum.
//! * **N9, text is copied at once.** Strings that C lends are copied, lossily decoded, before the next call.
//! * **N10, some is read where it lies.** librdkafka's own reading of headers costs seven allocations for three of them and
//!   two for none. Their bytes, with the time and the leader epoch that are copied along, are behind a fetched message, at
//!   places that the sources of 2.3.0 to 2.15.0 agree on (`rd_kafka_msg_t`). The release is looked at before each use, the
//!   offsets are asserted, and a test holds each of the three against librdkafka's own reading of it.
#![expect(unsafe_code, reason = "the boundary to librdkafka has its one address here")]

mod ledger;

mod guard;
mod text;

mod code;
mod config;

mod client;
mod reaper;

mod event;
mod group;
mod group_metadata;
mod metadata;
mod partition_list;
mod queue;
mod topic;
mod watermarks;

mod oauth;

mod batch;
mod bytes;
mod headers;
mod keep;
mod message;
mod shared;
mod slab;

mod awaited;
mod content;
mod deliveries;
mod oneshot;
mod parcel;
mod partitioner;
mod produce;
mod sync;
mod topics;
mod transaction;

mod admin;

#[cfg(feature = "mock")]
mod mock;
#[cfg(feature = "mock")]
mod mock_faults;
#[cfg(feature = "mock")]
mod mock_group;

pub use awaited::Awaited;
pub use batch::{BATCH_MESSAGES, Batch, Lending};
pub(crate) use client::WeakClient;
pub use client::{Client, ClientEvent};
pub(crate) use code::{error_name, error_text, known_codes};
pub(crate) use config::check_config;
pub use content::{Content, Sent};
pub use deliveries::{Deliveries, DeliveryReport};
pub use event::{Event, Rebalance, RebalanceKind};
pub use group::{CommitToken, RebalanceProtocol};
pub use group_metadata::GroupMetadata;
pub(crate) use headers::HeaderList;
pub use keep::Keep;
pub(crate) use message::{Details, RawMessage};
#[cfg(feature = "mock")]
pub use mock::MockBroker;
#[cfg(feature = "mock")]
pub use mock_faults::ApiKey;
pub use oauth::TokenRefresh;
pub use partitioner::Partitioner;
pub use produce::{RawProducer, refusal};
pub use queue::{EventQueue, Interrupt, PartitionQueue, QueueListener};
pub(crate) use shared::SharedRaw;
pub(crate) use slab::Slab;
