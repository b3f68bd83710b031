//! The areas' cases, clients and bounds.

use super::{Log, Reading};
use crate::{
    area::{Area, Bound, Client, Quantity},
    peers,
    topic::Content,
};

const CLIENTS: &[Client<Log>] = &[
    Client { name: "klamm", lacks: None, run: peers::klamm::live },
    Client { name: "raw", lacks: None, run: peers::raw::live },
    Client { name: "rdkafka", lacks: None, run: peers::rdkafka::live },
];

/// Messages that come while two workers read.
///
/// By the clock it is the mock cluster and librdkafka's own thread, one each, that bound the rate, and every client waits for
/// them. So the bound is on what the client's threads, librdkafka's among them, take of the processors for a message: that is the
/// rate that they allow where nothing else bounds it.
pub const AREA: Area<Reading, Log> = Area {
    name: "live",
    cases: &[Reading {
        name: "8p/2 workers",
        content: Content { payload: 100, has_headers: false, keys: 1, partitions: 8, messages: 320_000 },
        batch: 500,
        ahead: 16_000,
    }],
    per: "message",
    own: "klamm",
    clients: CLIENTS,
    set_up: Log::on_mock,
    quantities: &[Quantity::Wall, Quantity::Cpu],
    rounds: 9,
    bounds: &[Bound::at_most(1.0 / 1.5, Quantity::Cpu).times("rdkafka")],
};

/// The same on the Kafka that the environment names, with so many messages that reading takes seconds.
///
/// A broker sends from its page cache, and leaves most of the processors to the client. So the bound is on the rate too.
pub const ON_KAFKA: Area<Reading, Log> = Area {
    name: "live-kafka",
    cases: &[Reading {
        name: "8p/2 workers/Kafka",
        content: Content { payload: 100, has_headers: false, keys: 1, partitions: 8, messages: 6_000_000 },
        // 200 kB with what Kafka adds to a record.
        batch: 1_700,
        ahead: 100_000,
    }],
    per: "message",
    own: "klamm",
    clients: CLIENTS,
    set_up: Log::on_kafka,
    quantities: &[Quantity::Wall, Quantity::Cpu, Quantity::Workers],
    rounds: 5,
    bounds: &[
        Bound::at_most(1.0 / 1.5, Quantity::Wall).times("rdkafka"),
        Bound::at_most(1.0 / 1.5, Quantity::Cpu).times("rdkafka"),
    ],
};
