//! The area's cases, clients and bounds.

use super::{Keeping, Scene, Way};
use crate::{
    area::{Area, Bound, Client, Quantity},
    peers,
    topic::Content,
};

const B100: Content = Content { payload: 100, has_headers: false, keys: 1, partitions: 4, messages: 160_000 };
const B100_WITH_HEADERS: Content =
    Content { payload: 100, has_headers: true, keys: 1, partitions: 4, messages: 80_000 };
const KIB1: Content =
    Content { payload: 1_024, has_headers: false, keys: 1, partitions: 4, messages: 19_200 };
const KIB1_WITH_HEADERS: Content =
    Content { payload: 1_024, has_headers: true, keys: 1, partitions: 4, messages: 17_600 };
const KIB16: Content =
    Content { payload: 16_384, has_headers: false, keys: 1, partitions: 8, messages: 2_400 };

/// Messages that were taken off their queue: borrowed, shared, detached.
pub const AREA: Area<Keeping, Scene> = Area {
    name: "ownership",
    cases: &[
        Keeping::new("100B/0h/borrow", B100, Way::Borrow),
        Keeping::new("100B/0h/share", B100, Way::Share),
        Keeping::new("100B/0h/detach", B100, Way::Detach),
        Keeping::new("100B/3h/borrow", B100_WITH_HEADERS, Way::Borrow),
        Keeping::new("100B/3h/share", B100_WITH_HEADERS, Way::Share),
        Keeping::new("100B/3h/detach", B100_WITH_HEADERS, Way::Detach),
        Keeping::new("1KiB/0h/borrow", KIB1, Way::Borrow),
        Keeping::new("1KiB/0h/share", KIB1, Way::Share),
        Keeping::new("1KiB/0h/detach", KIB1, Way::Detach),
        Keeping::new("1KiB/3h/borrow", KIB1_WITH_HEADERS, Way::Borrow),
        Keeping::new("1KiB/3h/share", KIB1_WITH_HEADERS, Way::Share),
        Keeping::new("1KiB/3h/detach", KIB1_WITH_HEADERS, Way::Detach),
        Keeping::new("16KiB/0h/borrow", KIB16, Way::Borrow),
        Keeping::new("16KiB/0h/share", KIB16, Way::Share),
        Keeping::new("16KiB/0h/detach", KIB16, Way::Detach),
    ],
    per: "message",
    own: "klamm",
    clients: &[
        Client { name: "klamm", lacks: None, run: peers::klamm::ownership },
        Client { name: "raw", lacks: None, run: peers::raw::ownership },
        Client { name: "rdkafka", lacks: Some("/share"), run: peers::rdkafka::ownership },
    ],
    set_up: Scene::set_up,
    quantities: &[Quantity::Instructions, Quantity::Allocations, Quantity::Time],
    rounds: 15,
    bounds: &[
        Bound::at_most(0.40, Quantity::Instructions).times("rdkafka").in_cases("100B/0h/detach"),
        Bound::at_most(0.40, Quantity::Time).times("rdkafka").in_cases("100B/0h/detach"),
        Bound::at_most(1.35, Quantity::Time).times("raw").in_cases("100B/0h/share"),
        Bound::at_most(0.0, Quantity::Allocations).in_cases("/borrow"),
        Bound::at_most(0.0, Quantity::Allocations).in_cases("/share"),
        Bound::exactly(1.0, Quantity::Allocations).in_cases("/detach"),
    ],
};
