//! The area's cases, clients and bounds.

use super::{
    Scene,
    Threads::{One, Two},
    Tracking,
};
use crate::{
    area::{Area, Bound, Client, Quantity},
    peers,
};

/// A million messages that are started and settled.
pub const AREA: Area<Tracking, Scene> = Area {
    name: "tracker",
    cases: &[
        Tracking { name: "tracker/1thread", threads: One },
        Tracking { name: "tracker/2threads", threads: Two },
    ],
    per: "message",
    own: "klamm",
    clients: &[
        Client { name: "klamm", lacks: None, run: peers::klamm::tracker },
        Client { name: "tree", lacks: None, run: peers::tree::tracker },
    ],
    set_up: |case| Ok(Scene::new(case)),
    quantities: &[Quantity::Allocations, Quantity::Wall, Quantity::Cpu],
    rounds: 7,
    bounds: &[
        Bound::at_most(8.0, Quantity::Wall).in_cases("/1thread"),
        Bound::at_most(1.0, Quantity::Wall).in_cases("/2threads").times_case("tracker/1thread"),
        Bound::exactly(0.0, Quantity::Allocations),
    ],
};
