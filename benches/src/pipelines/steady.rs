//! A million messages after a warm-up, and no commits.

use super::{
    Handling, Scene,
    Schedule::{self, ByHand, ByKey, ByPartition, Serial, Unordered},
};
use crate::{
    area::{Area, Bound, Client, Quantity},
    peers,
};

/// Messages that come when everything has its size.
const MEASURED: usize = 1_000_000;
/// Messages before them: some of each partition.
const WARM_UP: usize = 40_000;

const fn case(name: &'static str, schedule: Schedule) -> Handling {
    Handling::new(name, schedule, 32, MEASURED + WARM_UP).after(WARM_UP)
}

/// A million messages that wait in the local queues, handled after others were.
pub const STEADY: Area<Handling, Scene> = Area {
    name: "steady",
    cases: &[
        case("1M/process", Serial),
        case("1M/by_partition", ByPartition),
        case("1M/unordered", Unordered),
        case("1M/by_key", ByKey),
        case("1M/deliveries", ByHand),
    ],
    per: "message",
    own: "klamm",
    clients: &[Client { name: "klamm", lacks: None, run: peers::klamm::pipelines }],
    set_up: Scene::set_up,
    quantities: &[Quantity::Allocations, Quantity::Time],
    rounds: 1,
    bounds: &[Bound::exactly(0.0, Quantity::Allocations)],
};
