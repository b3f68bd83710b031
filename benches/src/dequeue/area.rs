//! The area's cases, clients and bounds.

use super::Reading;
use crate::{
    area::{Area, Bound, Client, Quantity},
    peers,
    topic::Topic,
};

/// Messages that wait in the local queue, read one by one.
pub const AREA: Area<Reading, Topic> = Area {
    name: "dequeue",
    cases: &[
        Reading::new("100B/1p", 100, 1, 40_000),
        Reading::new("100B/8p", 100, 8, 160_000),
        Reading::new("1KiB/1p", 1_024, 1, 4_800),
    ],
    per: "message",
    own: "klamm",
    clients: &[
        Client { name: "klamm", lacks: None, run: peers::klamm::dequeue },
        Client { name: "raw", lacks: None, run: peers::raw::dequeue },
        Client { name: "rdkafka", lacks: None, run: peers::rdkafka::dequeue },
    ],
    set_up: |case| Topic::filled(case.content),
    quantities: &[Quantity::Instructions, Quantity::Allocations, Quantity::Time],
    rounds: 7,
    bounds: &[
        Bound::at_most(1.05, Quantity::Instructions).times("raw"),
        Bound::at_most(0.40, Quantity::Instructions).times("rdkafka"),
        Bound::at_most(0.0, Quantity::Allocations),
    ],
};
