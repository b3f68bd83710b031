//! The area's cases, clients and bounds.

use super::{
    Handling, Scene,
    Schedule::{ByHand, ByHandAtOnce, ByKey, ByPartition, Serial, Unordered},
};
use crate::{
    area::{Area, Bound, Client, Quantity},
    peers,
};

/// Messages that wait in the local queues, handled and committed.
pub const AREA: Area<Handling, Scene> = Area {
    name: "pipelines",
    cases: &[
        Handling::new("1p/process", Serial, 1, 40_000),
        Handling::new("12p/process", Serial, 12, 120_000),
        Handling::new("100p/process", Serial, 100, 120_000),
        Handling::new("1000p/process", Serial, 1_000, 120_000),
        Handling::new("12p/by_partition", ByPartition, 12, 120_000),
        Handling::new("12p/unordered", Unordered, 12, 120_000),
        Handling::new("12p/by_key", ByKey, 12, 120_000).keys(1_000),
        Handling::new("12p/by_key 10", ByKey, 12, 120_000).keys(10),
        Handling::new("12p/by_key 120000", ByKey, 12, 120_000).keys(120_000),
        Handling::new("12p/deliveries", ByHand, 12, 120_000),
        Handling::new("12p/deliveries at once", ByHandAtOnce, 12, 120_000),
    ],
    per: "message",
    own: "klamm",
    clients: &[
        Client { name: "klamm", lacks: None, run: peers::klamm::pipelines },
        Client { name: "raw", lacks: None, run: peers::raw::pipelines },
        Client { name: "rdkafka", lacks: None, run: peers::rdkafka::pipelines },
        Client { name: "tree", lacks: None, run: peers::tree::pipelines },
    ],
    set_up: Scene::set_up,
    quantities: &[Quantity::Instructions, Quantity::Allocations, Quantity::Time],
    rounds: 3,
    bounds: &[
        Bound::at_most(1.10, Quantity::Instructions).times("raw").in_cases("/process"),
        Bound::at_most(1.15, Quantity::Instructions).times("raw").in_cases("/by_partition"),
        Bound::at_most(1.25, Quantity::Instructions).times("raw").in_cases("/unordered"),
        Bound::at_most(1.25, Quantity::Instructions).times("raw").in_cases("/by_key"),
        // Those of commits, of which there is one for 1,000 messages at most, and of what is kept of each partition.
        Bound::at_most(0.05, Quantity::Allocations).in_cases("/process"),
        Bound::at_most(0.05, Quantity::Allocations).in_cases("/by_partition"),
        Bound::at_most(0.05, Quantity::Allocations).in_cases("/unordered"),
        Bound::at_most(0.05, Quantity::Allocations).in_cases("/by_key"),
        Bound::at_most(0.05, Quantity::Allocations).in_cases("/by_key 10"),
        Bound::at_most(0.05, Quantity::Allocations).in_cases("/by_key 120000"),
        Bound::at_most(0.05, Quantity::Allocations).in_cases("/deliveries"),
        // With the one that `FuturesUnordered` makes for each future.
        Bound::at_most(1.05, Quantity::Allocations).in_cases("/deliveries at once"),
        Bound::at_most(1.05, Quantity::Instructions).times_case("1p/process").in_cases("1000p/process"),
    ],
};
