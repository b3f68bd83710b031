//! What an area's own client must keep to.

/// What is counted of a client, per message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Instructions of the thread: the median of the rounds, or callgrind's count.
    Instructions,
    /// Nanoseconds of the thread on a processor: the median of the rounds.
    ///
    /// As a multiple of another client's, the median of each round's own ratio: within a round the clients follow each
    /// other closely, so that what slows the machine meets both.
    Time,
    /// Allocations of the thread, C's included: the worst of the rounds.
    Allocations,
    /// Bytes that the process has allocated and not freed: the worst of the rounds.
    Memory,
    /// Those of them that Rust has allocated.
    RustMemory,
    /// Nanoseconds by the clock: the least of the rounds, since what disturbs several threads only adds to them.
    Wall,
    /// Seconds by the clock of all that is counted together: as [`Wall`](Self::Wall).
    Seconds,
    /// Nanoseconds of all the process's threads on a processor: as [`Time`](Self::Time). They depend on how the threads happen
    /// to be scheduled, in both directions, so that the least is a client's luck.
    Cpu,
    /// Nanoseconds on a processor of those of them that are not librdkafka's: as [`Wall`](Self::Wall).
    Workers,
    /// How often the reader's and the client's own threads went off a processor: the worst of the rounds.
    Wakes,
    /// Nanoseconds of those threads on a processor: the worst of the rounds.
    Awake,
    /// Half of the portions end within so many nanoseconds of the bytes that they waited for: the median of the rounds.
    P50,
    /// As [`P50`](Self::P50), of 99 in a hundred: the least of the rounds, since what disturbs the machine is in this first.
    P99,
}

impl Quantity {
    /// Returns its name for whoever runs the binary.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Instructions => "instructions",
            Self::Time => "time",
            Self::Allocations => "allocations",
            Self::Memory => "memory",
            Self::RustMemory => "rust_memory",
            Self::Wall => "wall",
            Self::Seconds => "seconds",
            Self::Cpu => "cpu",
            Self::Workers => "workers",
            Self::Wakes => "wakes",
            Self::Awake => "awake",
            Self::P50 => "p50",
            Self::P99 => "p99",
        }
    }
}

/// What an area's own client must keep to, in some cases or all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound {
    /// The cases it holds for: those whose name ends like this.
    pub cases: &'static str,
    /// What is bounded.
    pub quantity: Quantity,
    /// The client whose quantity is the unit; a message's own if there is none.
    pub peer: Option<&'static str>,
    /// The case in which the area's own client's quantity is the unit.
    pub base: Option<&'static str>,
    /// The least, if less is wrong too.
    pub at_least: Option<f64>,
    /// The most.
    pub at_most: f64,
}

impl Bound {
    /// Bounds a quantity from above, in every case.
    pub const fn at_most(limit: f64, quantity: Quantity) -> Self {
        Self { cases: "", quantity, peer: None, base: None, at_least: None, at_most: limit }
    }

    /// Bounds a quantity from below and from above, in every case.
    pub const fn between(least: f64, most: f64, quantity: Quantity) -> Self {
        Self { at_least: Some(least), ..Self::at_most(most, quantity) }
    }

    /// Bounds a quantity to one value, in every case.
    pub const fn exactly(limit: f64, quantity: Quantity) -> Self {
        Self::between(limit, limit, quantity)
    }

    /// Means multiples of this client's quantity.
    #[must_use]
    pub const fn times(self, peer: &'static str) -> Self {
        Self { peer: Some(peer), ..self }
    }

    /// Means multiples of what the own client has in this case.
    #[must_use]
    pub const fn times_case(self, base: &'static str) -> Self {
        Self { base: Some(base), ..self }
    }

    /// Restricts the bound to the cases whose name ends like this.
    #[must_use]
    pub const fn in_cases(self, ending: &'static str) -> Self {
        Self { cases: ending, ..self }
    }
}
