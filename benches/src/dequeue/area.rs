//! The area's cases, clients and bounds.

use super::{Reading, Topic};
use crate::{
    area::{Area, Bounds, Client},
    peers,
};

/// Messages that wait in the local queue, read one by one.
pub const AREA: Area<Reading, Topic> = Area {
    name: "dequeue",
    cases: &[
        Reading { name: "100B/1p", payload: 100, partitions: 1, messages: 40_000 },
        Reading { name: "100B/8p", payload: 100, partitions: 8, messages: 160_000 },
        Reading { name: "1KiB/1p", payload: 1_024, partitions: 1, messages: 4_800 },
    ],
    clients: &[
        Client { name: "klamm", run: peers::klamm::dequeue },
        Client { name: "raw", run: peers::raw::dequeue },
        Client { name: "rdkafka", run: peers::rdkafka::dequeue },
    ],
    set_up: Topic::filled,
    bounds: Bounds { client: "klamm", instructions: &[("raw", 1.10), ("rdkafka", 0.40)], allocations: 0.0 },
};
