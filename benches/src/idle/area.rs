//! The area's cases, clients and bounds.

use super::{Scene, Watch};
use crate::{
    area::{Area, Bound, Client, Quantity},
    peers,
};

/// A consumer that has nothing to read.
pub const AREA: Area<Watch, Scene> = Area {
    name: "idle",
    cases: &[Watch { name: "1000p/10s", partitions: 1_000 }],
    per: "ten seconds",
    own: "klamm",
    clients: &[
        Client { name: "klamm", lacks: None, run: peers::klamm::idle },
        Client { name: "rdkafka", lacks: None, run: peers::rdkafka::idle },
    ],
    set_up: Scene::set_up,
    quantities: &[Quantity::Wakes, Quantity::Awake],
    rounds: 1,
    bounds: &[Bound::exactly(0.0, Quantity::Wakes), Bound::exactly(0.0, Quantity::Awake)],
};
