//! What is counted beside instructions, allocations and the thread's time: a number and its rounds.

use std::time::Duration;

use serde_json::{Value, json};

use super::Quantity;
use super::row::{per, signed};
use crate::measure::Sample;

/// One thing that was counted: the number that stands for it, and each round's.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What was counted.
    pub quantity: Quantity,
    /// The rounds in one number.
    pub value: f64,
    /// Each round's, in order.
    pub rounds: Vec<f64>,
}

impl Figure {
    /// The middle one; of two in the middle, the higher.
    fn median(quantity: Quantity, rounds: Vec<f64>) -> Self {
        let mut sorted = rounds.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        Self { quantity, value: sorted[sorted.len() / 2], rounds }
    }

    fn best(quantity: Quantity, rounds: Vec<f64>) -> Self {
        let value = rounds.iter().copied().fold(f64::INFINITY, f64::min);
        Self { quantity, value, rounds }
    }

    fn worst(quantity: Quantity, rounds: Vec<f64>) -> Self {
        let value = rounds.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Self { quantity, value, rounds }
    }

    pub(super) fn to_json(&self) -> (String, Value) {
        (self.quantity.name().to_owned(), json!({ "value": self.value, "rounds": self.rounds }))
    }
}

/// Sums up what was counted in every round, of which there is at least one.
pub(super) fn figures(rounds: &[Sample], messages: usize) -> Vec<Figure> {
    let each = |of: fn(&Sample) -> Duration| rounds.iter().map(move |round| per(nanos(of(round)), messages));
    let mut figures = vec![
        Figure::best(Quantity::Wall, each(|round| round.wall).collect()),
        Figure::best(Quantity::Seconds, rounds.iter().map(|round| round.wall.as_secs_f64()).collect()),
        Figure::median(Quantity::Cpu, each(|round| round.process_cpu).collect()),
    ];
    let rust = rounds.iter().map(|round| Some(signed(round.rust_bytes?, messages)));
    figures.extend(rust.collect::<Option<_>>().map(|rust| Figure::worst(Quantity::RustMemory, rust)));
    if let Some(others) = rounds.iter().map(|round| round.others).collect::<Option<Vec<_>>>() {
        let wakes = others.iter().map(|others| per(others.switches, messages)).collect();
        figures.push(Figure::worst(Quantity::Wakes, wakes));
        let awake = others.iter().map(|others| per(nanos(others.cpu), messages)).collect::<Vec<_>>();
        let workers = Figure::best(Quantity::Workers, Vec::clone(&awake));
        figures.extend([Figure::worst(Quantity::Awake, awake), workers]);
    }
    let percentiles =
        |percent| rounds.iter().map(|round| percentile(&round.lags, percent)).collect::<Option<Vec<_>>>();
    figures.extend(percentiles(50).map(|rounds| Figure::median(Quantity::P50, rounds)));
    figures.extend(percentiles(99).map(|rounds| Figure::best(Quantity::P99, rounds)));
    figures
}

/// The least time that so many in a hundred do not exceed, in nanoseconds; `None` of nothing.
fn percentile(times: &[Duration], percent: usize) -> Option<f64> {
    let mut times = times.to_vec();
    times.sort_unstable();
    let index = (times.len() * percent).div_ceil(100).checked_sub(1)?;
    times.get(index).map(|time| per(nanos(*time), 1))
}

/// A time in nanoseconds.
pub(super) fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Activity;

    #[test]
    fn percentiles_are_times_that_were_measured() {
        let times = (1..=200).rev().map(Duration::from_nanos).collect::<Vec<_>>();
        assert_eq!((percentile(&times, 50), percentile(&times, 99)), (Some(100.0), Some(198.0)));
        assert_eq!((percentile(&times[..1], 1), percentile(&[], 50)), (Some(200.0), None));
    }

    #[test]
    fn threads_are_judged_by_their_worst_round_and_the_clock_by_its_best() {
        let round = |switches, wall| Sample {
            others: Some(Activity { switches, cpu: Duration::ZERO }),
            wall: Duration::from_nanos(wall),
            process_cpu: Duration::from_nanos(wall),
            ..Sample::default()
        };
        let figures = figures(&[round(3, 10), round(7, 90), round(0, 20)], 1);
        let value = |quantity| figures.iter().find(|one| one.quantity == quantity).map(|one| one.value);
        assert_eq!((value(Quantity::Wakes), value(Quantity::Wall)), (Some(7.0), Some(10.0)));
        assert_eq!(value(Quantity::Cpu), Some(20.0));
        assert_eq!((value(Quantity::P50), value(Quantity::RustMemory)), (None, None));
    }

    #[test]
    fn half_of_the_portions_count_in_the_middle_round_and_the_slowest_in_the_best() {
        let round = |nanos: u64| {
            let lags = (0..100).map(|more| Duration::from_nanos(nanos + more)).collect();
            Sample { lags, ..Sample::default() }
        };
        let figures = figures(&[round(1_000), round(0), round(500)], 1);
        let value = |quantity| figures.iter().find(|one| one.quantity == quantity).map(|one| one.value);
        assert_eq!((value(Quantity::P50), value(Quantity::P99)), (Some(549.0), Some(98.0)));
    }
}
