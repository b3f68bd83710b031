//! The area's cases, clients and bounds.

use super::{
    Reading, Scene,
    Way::{Recv, Stream},
};
use crate::{
    area::{Area, Bound, Client, Quantity},
    peers,
};

/// Messages of many partitions that wait in the local queues.
///
/// One partition has as many as the mock cluster keeps of it, which is fewer than the others have together.
pub const AREA: Area<Reading, Scene> = Area {
    name: "streams",
    cases: &[
        Reading::new("1p/stream", Stream, 1, 40_000),
        Reading::new("12p/stream", Stream, 12, 120_000),
        Reading::new("100p/stream", Stream, 100, 120_000),
        Reading::new("1000p/stream", Stream, 1_000, 120_000),
        Reading::new("1p/recv", Recv, 1, 40_000),
        Reading::new("12p/recv", Recv, 12, 120_000),
        Reading::new("100p/recv", Recv, 100, 120_000),
        Reading::new("1000p/recv", Recv, 1_000, 120_000),
    ],
    per: "message",
    own: "klamm",
    clients: &[
        Client { name: "klamm", lacks: None, run: peers::klamm::streams },
        Client { name: "raw", lacks: None, run: peers::raw::streams },
        Client { name: "rdkafka", lacks: None, run: peers::rdkafka::streams },
    ],
    set_up: Scene::set_up,
    quantities: &[Quantity::Instructions, Quantity::Allocations, Quantity::Time],
    rounds: 3,
    bounds: &[
        Bound::at_most(1.05, Quantity::Instructions).times("raw"),
        Bound::at_most(0.39, Quantity::Instructions).times("rdkafka"),
        Bound::exactly(0.0, Quantity::Allocations),
    ],
};
