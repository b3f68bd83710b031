//! The area's cases, clients and bounds.

use super::{Log, Waiting};
use crate::{
    area::{Area, Bound, Client, Quantity},
    peers,
};

/// From a message's bytes to the task that waits for it.
pub const AREA: Area<Waiting, Log> = Area {
    name: "wake",
    cases: &[Waiting { name: "1p/parked", messages: 400 }],
    per: "wake-up",
    own: "klamm",
    clients: &[
        Client { name: "klamm", lacks: None, run: peers::klamm::wake },
        Client { name: "raw", lacks: None, run: peers::raw::wake },
        Client { name: "rdkafka", lacks: None, run: peers::rdkafka::wake },
    ],
    set_up: Log::write,
    quantities: &[Quantity::P50, Quantity::P99],
    // 6,000 wake-ups of each client.
    rounds: 15,
    bounds: &[
        Bound::at_most(1.10, Quantity::P50).times("rdkafka"),
        Bound::at_most(1.10, Quantity::P99).times("rdkafka"),
    ],
};
