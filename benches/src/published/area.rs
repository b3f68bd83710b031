//! The area's cases, clients and bounds.

use super::{
    Published, Scene,
    figures::{BY_PARTITION, LIGHT, UNORDERED},
};
use crate::{
    area::{Area, Bound, Client, Quantity},
    peers,
    pipelines::Schedule::{Serial, Unordered},
};

/// What Parallel Consumer has published of itself.
pub const AREA: Area<Published, Scene> = Area {
    name: "published",
    cases: &[
        Published::sleeping("published/process/sleep", Serial),
        Published::sleeping("published/unordered/sleep", Unordered),
        Published::light("published/unordered/light", Unordered),
    ],
    per: "case",
    own: "klamm",
    clients: &[
        Client { name: "klamm", lacks: None, run: peers::klamm::published },
        // It has no handlers.
        Client { name: "rdkafka", lacks: Some("/sleep"), run: peers::rdkafka::published },
    ],
    set_up: Scene::set_up,
    quantities: &[Quantity::Seconds],
    rounds: 1,
    bounds: &[
        Bound::at_most(BY_PARTITION, Quantity::Seconds).in_cases("/process/sleep"),
        Bound::at_most(UNORDERED, Quantity::Seconds).in_cases("/unordered/sleep"),
        Bound::at_most(LIGHT, Quantity::Seconds).in_cases("/light"),
        Bound::at_most(1.0, Quantity::Seconds).times("rdkafka").in_cases("/light"),
    ],
};
