//! What is counted of a client.

use serde::Deserialize;

use super::report::Row;

/// What is counted of a client, per message.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Quantity {
    Instructions,
    Allocations,
    Time,
    Memory,
}

impl Quantity {
    /// Its name in tables and verdicts.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Instructions => "instructions",
            Self::Allocations => "allocations",
            Self::Time => "ns",
            Self::Memory => "bytes left",
        }
    }

    /// How many decimals say something.
    pub(super) fn decimals(self) -> usize {
        match self {
            Self::Instructions | Self::Time => 1,
            Self::Allocations => 2,
            Self::Memory => 3,
        }
    }

    /// The one number that stands for a client.
    pub(super) fn of(self, row: &Row) -> Option<f64> {
        match self {
            Self::Instructions => row.instructions_per_message,
            Self::Allocations => row.allocations_per_message,
            Self::Time => row.ns_per_message,
            Self::Memory => row.left_bytes_per_message,
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
    /// Of time, the median of the rounds' own ratios: what slows the machine for a while slows both.
    pub(super) fn ratio(self, row: &Row, peer: &Row) -> Option<f64> {
        if self == Self::Time {
            let rounds = row.ns_of_rounds.iter().zip(&peer.ns_of_rounds);
            return median(rounds.map(|(own, other)| own / other).collect());
        }
        Some(self.of(row)? / self.of(peer)?)
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

    #[test]
    fn time_is_compared_round_by_round() {
        let row = |ns_of_rounds: &[f64]| Row { ns_of_rounds: ns_of_rounds.to_vec(), ..Row::default() };
        // The second round met a slow machine, and the other's third.
        let ratio = Quantity::Time.ratio(&row(&[5.0, 50.0, 6.0]), &row(&[10.0, 100.0, 60.0]));
        assert_eq!(ratio, Some(0.5));
        assert_eq!(Quantity::Time.ratio(&row(&[]), &row(&[1.0])), None);
    }
}
