//! From a queue that turns non-empty to the one task that reads it.
//!
//! Nothing here knows librdkafka; the module is compiled unchanged under loom (`cargo xtask test --only loom`).
//!
//! # The protocol
//!
//! librdkafka calls back once when a queue turns non-empty, and not again until it was seen empty. So a queue's readiness
//! is kept as state, and a reader may wait only after it has seen the queue empty *and* looked again.
//!
//! * Each queue has a [`Slot`]: *ready* (there may be something in it) and *held* (someone is taking from it). The
//!   callback [raises](Hub::raise) the slot, which is atomics only: it runs under the queue's mutex.
//! * A slot that is ready and not held stands in the [`ReadySet`](ready_set::ReadySet), once. A reader claims it from
//!   there: it takes it out of the set and holds it, which clears *ready* **before** it looks into the queue. If the
//!   queue then yields something the slot is released as ready again, since there may be more; if not, it is released
//!   empty, unless the callback raised it meanwhile. Either way nothing is forgotten, and two readers never hold one slot.
//! * A reader that finds the set empty stores its waker, marks itself parked, and **looks at the set again** before it
//!   waits. The callback puts the slot into the set and then looks for a parked reader. With a sequentially consistent
//!   fence on both sides one of the two sees the other, so no wake-up is lost; there is no timer to heal one.
//! * One slot that becomes ready wakes every parked stream, of which there is mostly one, and one of the other readers. A
//!   stream that is kept and not polled again can so not keep a wake-up to itself; a reader of the other kind, that was
//!   chosen and is dropped before it ran, passes the wake-up on.
//! * A slot may be [owned](Reader::own) by one reader, that of a single partition. Then nobody else is woken for it, and the
//!   owner waits in the same way, with a look at its slot in place of the look at the set.

mod hub;
mod readers;
mod ready_set;
mod slot;
mod sync;

#[cfg(all(test, klamm_loom))]
mod models;
#[cfg(all(test, not(klamm_loom)))]
mod tests;

pub(crate) use hub::Hub;
pub(crate) use readers::{READER_LIMIT, Reader};
pub(crate) use ready_set::SLOT_LIMIT;
pub(crate) use slot::Slot;
