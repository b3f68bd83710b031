//! The area's cases, clients and bounds.

use super::{Growth, Scene};
use crate::{
    area::{Area, Bound, Client, Quantity},
    peers,
};

/// The memory that a partition takes.
///
/// It must be as much of many as of few: what grows faster would show in the second step.
pub const AREA: Area<Growth, Scene> = Area {
    name: "partitions",
    cases: &[
        Growth { name: "100p to 500p", from: 100, to: 500 },
        Growth { name: "500p to 1000p", from: 500, to: 1_000 },
    ],
    per: "partition",
    own: "klamm",
    clients: &[
        Client { name: "klamm", lacks: None, run: peers::klamm::partitions },
        Client { name: "raw", lacks: None, run: peers::raw::partitions },
        Client { name: "rdkafka", lacks: None, run: peers::rdkafka::partitions },
    ],
    set_up: Scene::set_up,
    quantities: &[Quantity::Memory, Quantity::RustMemory],
    rounds: 1,
    bounds: &[
        Bound::between(0.85, 1.15, Quantity::Memory).times_case("100p to 500p").in_cases("500p to 1000p"),
        Bound::between(0.85, 1.15, Quantity::RustMemory).times_case("100p to 500p").in_cases("500p to 1000p"),
    ],
};
