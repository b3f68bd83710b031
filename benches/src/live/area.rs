//! The area's cases, clients and bounds.

use super::{Log, Reading};
use crate::{
    area::{Area, Bound, Client, Quantity},
    peers,
    topic::Content,
};

/// Messages that come while two workers read.
///
/// By the clock it is the mock cluster and librdkafka's own thread, one each, that bound the rate, and every client waits for
/// them. So the bound is on what the client's threads, librdkafka's among them, take of the processors for a message: that is the
/// rate that they allow where nothing else bounds it.
pub const AREA: Area<Reading, Log> = Area {
    name: "live",
    cases: &[Reading {
        name: "8p/2 workers",
        content: Content { payload: 100, has_headers: false, partitions: 8, messages: 320_000 },
    }],
    per: "message",
    own: "klamm",
    clients: &[
        Client { name: "klamm", lacks: None, run: peers::klamm::live },
        Client { name: "raw", lacks: None, run: peers::raw::live },
        Client { name: "rdkafka", lacks: None, run: peers::rdkafka::live },
    ],
    set_up: Log::write,
    quantities: &[Quantity::Wall, Quantity::Cpu],
    rounds: 9,
    bounds: &[Bound::at_most(1.0 / 1.5, Quantity::Cpu).times("rdkafka")],
};
