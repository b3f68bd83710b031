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
}

impl Quantity {
    /// Returns its name for whoever runs the binary.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Instructions => "instructions",
            Self::Time => "time",
            Self::Allocations => "allocations",
            Self::Memory => "memory",
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
    /// The most.
    pub at_most: f64,
    /// Whether less is wrong too.
    pub is_exact: bool,
}

impl Bound {
    /// Bounds a quantity from above, in every case.
    pub const fn at_most(limit: f64, quantity: Quantity) -> Self {
        Self { cases: "", quantity, peer: None, at_most: limit, is_exact: false }
    }

    /// Bounds a quantity from both sides, in every case.
    pub const fn exactly(limit: f64, quantity: Quantity) -> Self {
        Self { is_exact: true, ..Self::at_most(limit, quantity) }
    }

    /// Means multiples of this client's quantity.
    #[must_use]
    pub const fn times(self, peer: &'static str) -> Self {
        Self { peer: Some(peer), ..self }
    }

    /// Restricts the bound to the cases whose name ends like this.
    #[must_use]
    pub const fn in_cases(self, ending: &'static str) -> Self {
        Self { cases: ending, ..self }
    }
}
