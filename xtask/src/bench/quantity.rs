//! What is counted of a client.

use serde::{Deserialize, Serialize};

use super::report::Row;

/// What is counted of a client, per message.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Quantity {
    Instructions,
    Allocations,
    Time,
    Memory,
    RustMemory,
    Wall,
    Seconds,
    Cpu,
    Workers,
    Wakes,
    Awake,
    P50,
    P99,
}

impl Quantity {
    /// Its name in tables and verdicts.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Instructions => "instructions",
            Self::Allocations => "allocations",
            Self::Time => "ns",
            Self::Memory => "bytes left",
            Self::RustMemory => "Rust bytes",
            Self::Wall => "wall ns",
            Self::Seconds => "s",
            Self::Cpu => "cpu ns",
            Self::Workers => "workers ns",
            Self::Wakes => "switches",
            Self::Awake => "awake ns",
            Self::P50 => "p50 ns",
            Self::P99 => "p99 ns",
        }
    }

    /// How many decimals say something.
    pub(super) fn decimals(self) -> usize {
        match self {
            Self::Wakes | Self::Awake | Self::P50 | Self::P99 => 0,
            Self::Instructions | Self::Time | Self::RustMemory | Self::Wall | Self::Cpu | Self::Workers => 1,
            Self::Allocations => 2,
            Self::Memory | Self::Seconds => 3,
        }
    }

    /// The one number that stands for a client.
    pub(super) fn of(self, row: &Row) -> Option<f64> {
        match self {
            Self::Instructions => row.instructions_per_message,
            Self::Allocations => row.allocations_per_message,
            Self::Time => row.ns_per_message,
            Self::Memory => row.left_bytes_per_message,
            _ => row.figures.get(&self).map(|figure| figure.value),
        }
    }

    /// The least and the most that were counted, where both are known, else the same number twice.
    pub(super) fn range(self, row: &Row) -> Option<(f64, f64)> {
        let most = self.of(row)?;
        let least = if self == Self::Allocations { row.least_allocations_per_message } else { None };
        Some((least.unwrap_or(most), most))
    }

    /// One client's as a multiple of another's.
    ///
    /// Of time on processors, the median of the rounds' own ratios: what slows the machine for a while slows both.
    pub(super) fn ratio(self, row: &Row, peer: &Row) -> Option<f64> {
        let rounds = match self {
            Self::Time => (&row.ns_of_rounds, &peer.ns_of_rounds),
            Self::Cpu => (&row.figures.get(&self)?.rounds, &peer.figures.get(&self)?.rounds),
            _ => return Some(self.of(row)? / self.of(peer)?),
        };
        median(rounds.0.iter().zip(rounds.1).map(|(own, other)| own / other).collect())
    }
}

/// The middle one; of two in the middle, the higher.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::report::Figure;

    #[test]
    fn figures_are_compared_by_the_number_that_stands_for_them() {
        let wall = |value| {
            let figure = Figure { value, rounds: Vec::new() };
            Row { figures: [(Quantity::Wall, figure)].into(), ..Row::default() }
        };
        assert_eq!(Quantity::Wall.ratio(&wall(1.0), &wall(2.0)), Some(0.5));
        assert_eq!((Quantity::Wall.of(&wall(7.0)), Quantity::Cpu.of(&wall(7.0))), (Some(7.0), None));
    }

    #[test]
    fn time_is_compared_round_by_round() {
        let row = |ns_of_rounds: &[f64]| Row { ns_of_rounds: ns_of_rounds.to_vec(), ..Row::default() };
        // The second round met a slow machine, and the other's third.
        let ratio = Quantity::Time.ratio(&row(&[5.0, 50.0, 6.0]), &row(&[10.0, 100.0, 60.0]));
        assert_eq!(ratio, Some(0.5));
        assert_eq!(Quantity::Time.ratio(&row(&[]), &row(&[1.0])), None);
        let row = |rounds: &[f64]| {
            let figure = Figure { value: 0.0, rounds: rounds.to_vec() };
            Row { figures: [(Quantity::Cpu, figure)].into(), ..Row::default() }
        };
        let ratio = Quantity::Cpu.ratio(&row(&[5.0, 50.0, 6.0]), &row(&[10.0, 100.0, 60.0]));
        assert_eq!(ratio, Some(0.5));
    }
}
