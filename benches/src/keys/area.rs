//! The area's cases, clients and bounds.

use super::Keys;
use crate::{
    area::{Area, Bound, Client, Quantity},
    peers,
};

/// Messages that are handled by key.
pub const AREA: Area<Keys, Keys> = Area {
    name: "keys",
    cases: &[
        Keys { name: "by_key/1000 keys", keys: 1_000, messages: 1_000_000 },
        Keys { name: "by_key/10M keys", keys: 10_000_000, messages: 10_000_000 },
    ],
    per: "message",
    own: "klamm",
    clients: &[Client { name: "klamm", lacks: None, run: peers::klamm::keys }],
    set_up: |case| Ok(*case),
    quantities: &[Quantity::Instructions, Quantity::Allocations, Quantity::Memory, Quantity::Time],
    rounds: 1,
    bounds: &[
        Bound::between(0.95, 1.05, Quantity::Instructions)
            .times_case("by_key/1000 keys")
            .in_cases("/10M keys"),
        Bound::exactly(0.0, Quantity::Allocations),
        Bound::exactly(0.0, Quantity::Memory),
    ],
};
