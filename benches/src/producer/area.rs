//! The area's cases, clients and bounds.

use super::{Records, Sending};
use crate::{
    area::{Area, Bound, Client, Quantity},
    peers,
};

const CLIENTS: &[Client<Records>] = &[
    Client { name: "klamm", lacks: None, run: peers::klamm::producer },
    Client { name: "raw", lacks: None, run: peers::raw::producer },
    Client { name: "rdkafka future", lacks: None, run: peers::rdkafka::future_producer },
    Client { name: "rdkafka result", lacks: None, run: peers::rdkafka::future_producer_by_result },
    Client { name: "rdkafka threaded", lacks: None, run: peers::rdkafka::threaded_producer },
];

const fn sending(
    name: &'static str,
    payload: usize,
    in_flight: usize,
    linger: u64,
    records: usize,
) -> Sending {
    Sending { name, payload, in_flight, linger, records }
}

/// Records that are sent with so many under way.
///
/// By the clock it is the mock cluster and `linger.ms` that bound the rate. So the bound is on what the client's threads,
/// librdkafka's among them, take of the processors for a record.
pub const AREA: Area<Sending, Records> = Area {
    name: "producer",
    cases: &[
        sending("100B/1", 100, 1, 1, 1_000),
        sending("100B/1000", 100, 1_000, 1, 200_000),
        sending("100B/10000", 100, 10_000, 1, 200_000),
        sending("1KiB/1", 1_024, 1, 1, 1_000),
        sending("1KiB/1000", 1_024, 1_000, 1, 100_000),
        sending("1KiB/10000", 1_024, 10_000, 1, 100_000),
        sending("linger 0/100B/1", 100, 1, 0, 5_000),
        sending("linger 0/100B/1000", 100, 1_000, 0, 200_000),
        sending("linger 0/100B/10000", 100, 10_000, 0, 200_000),
        sending("linger 5/100B/1", 100, 1, 5, 300),
        sending("linger 5/100B/1000", 100, 1_000, 5, 100_000),
        sending("linger 5/100B/10000", 100, 10_000, 5, 200_000),
    ],
    per: "record",
    own: "klamm",
    clients: CLIENTS,
    set_up: Records::start,
    quantities: &[Quantity::Cpu, Quantity::Wall, Quantity::Allocations],
    rounds: 9,
    bounds: &[
        Bound::at_most(1.4, Quantity::Cpu).times("raw").in_cases("/1000"),
        Bound::at_most(0.55, Quantity::Cpu).times("rdkafka future").in_cases("/1000"),
    ],
};
