//! The area's cases, clients and bounds.

use super::{Growth, Unit};
use crate::{
    area::{Area, Bound, Client, Quantity},
    peers,
};

/// What stays behind: for each message seen, and for each client started and dropped.
///
/// A bound of nothing has a tolerance below the least that could be lost. glibc's least allocation is 24 bytes, so whatever is
/// left by each client is 24 bytes or more; by each message too, but what is left by one in a thousand should show as well.
/// Below that are the buffers of the one or two requests that librdkafka has on their way when the heap is looked at.
pub const AREA: Area<Growth, Growth> = Area {
    name: "memory",
    cases: &[
        Growth { name: "messages", unit: Unit::Message, step: 4_000, warm_up: 10, steps: 100 },
        Growth { name: "clients", unit: Unit::Client, step: 1, warm_up: 10, steps: 50 },
    ],
    per: "message, or client",
    own: "klamm",
    clients: &[
        Client { name: "klamm", lacks: None, run: peers::klamm::memory },
        Client { name: "rdkafka", lacks: None, run: peers::rdkafka::memory },
    ],
    // Each client starts a cluster for itself, so that it finds no other's messages.
    set_up: |case| Ok(*case),
    quantities: &[Quantity::Memory],
    rounds: 1,
    bounds: &[
        Bound::at_most(0.02, Quantity::Memory).in_cases("messages"),
        Bound::at_most(1.0, Quantity::Memory).in_cases("clients"),
    ],
};
