//! The thread of a consumer that answers its group, and does everything that waits.
//!
//! It is the only one to read the consumer queue and to call what waits for librdkafka's main thread: subscribe, assign,
//! unassign, seek, close. What waits for a broker is asked on a thread of its own (`crate::consumer`'s queries). It sleeps in
//! `rd_kafka_queue_poll` until something is due, and for a third of `max.poll.interval.ms` at most, so an idle consumer wakes
//! nobody in between; other threads [interrupt](klamm_core::native::Interrupt) it.

mod alarms;
mod asking;
mod assigning;
mod beginning;
mod closing;
mod commits;
mod events;
mod hold;
mod rebalance;
mod repairs;
mod request;
mod rewinds;
mod subscription;
mod thread;

pub(crate) use alarms::{Alarm, Alarms};
pub(crate) use assigning::Wanted;

pub(crate) use events::report;
pub(crate) use request::{Reply, Request, Requests};
pub(crate) use thread::{Orders, spawn};
