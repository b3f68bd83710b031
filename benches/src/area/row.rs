//! What one message costs one client.

use serde_json::{Value, json};

use super::figure::{self, Figure, figures};
use crate::measure::Sample;

/// What one message of one case costs one client.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The case's name.
    pub case: &'static str,
    /// The client's name.
    pub client: &'static str,
    /// How many messages a round has.
    pub messages: usize,
    /// The median of the rounds, where the processor counts.
    pub instructions_per_message: Option<f64>,
    /// The worst of the rounds.
    pub allocations_per_message: f64,
    /// The best of the rounds.
    pub least_allocations_per_message: f64,
    /// The median of the rounds, on a processor.
    pub ns_per_message: f64,
    /// Each round's, in order.
    pub ns_of_rounds: Vec<f64>,
    /// The worst of the rounds, where live bytes are watched.
    pub left_bytes_per_message: Option<f64>,
    /// What else was counted.
    pub figures: Vec<Figure>,
}

impl Row {
    /// Sums up a client's rounds, of which there is at least one.
    pub(super) fn new(case: &'static str, client: &'static str, rounds: &[Sample]) -> Self {
        let messages = rounds[0].work.messages;
        let each = |total| per(total, messages);
        let instructions = rounds.iter().map(|round| round.instructions).collect::<Option<Vec<_>>>();
        let allocations = || rounds.iter().map(|round| round.allocations);
        let nanos = rounds.iter().map(nanos).collect::<Vec<_>>();
        let left = rounds.iter().map(|round| round.left_bytes).max().flatten();
        Self {
            case,
            client,
            messages,
            instructions_per_message: instructions.map(|rounds| each(median(rounds))),
            allocations_per_message: each(allocations().max().unwrap_or(0)),
            least_allocations_per_message: each(allocations().min().unwrap_or(0)),
            ns_of_rounds: nanos.iter().copied().map(each).collect(),
            ns_per_message: each(median(nanos)),
            left_bytes_per_message: left.map(|left| signed(left, messages)),
            figures: figures(rounds, messages),
        }
    }

    pub(super) fn to_json(&self) -> Value {
        json!({
            "case": self.case,
            "client": self.client,
            "messages": self.messages,
            "instructions_per_message": self.instructions_per_message,
            "allocations_per_message": self.allocations_per_message,
            "least_allocations_per_message": self.least_allocations_per_message,
            "ns_per_message": self.ns_per_message,
            "ns_of_rounds": self.ns_of_rounds,
            "left_bytes_per_message": self.left_bytes_per_message,
            "figures": self.figures.iter().map(Figure::to_json).collect::<serde_json::Map<_, _>>(),
        })
    }
}

fn nanos(round: &Sample) -> u64 {
    figure::nanos(round.cpu_time)
}

/// The middle one; of two in the middle, the higher.
fn median(mut values: Vec<u64>) -> u64 {
    values.sort_unstable();
    values[values.len() / 2]
}

/// What is counted for a message, which may be less than none.
pub(super) fn signed(total: i64, messages: usize) -> f64 {
    per(total.unsigned_abs(), messages).copysign(if total < 0 { -1.0 } else { 1.0 })
}

#[expect(clippy::cast_precision_loss, reason = "counts of one run are far below 2^52")]
pub(super) fn per(total: u64, messages: usize) -> f64 {
    total as f64 / messages as f64
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::measure::Work;

    fn round(instructions: Option<u64>, allocations: u64, nanos: u64) -> Sample {
        let work = Work { messages: 10, bytes: 0 };
        let cpu_time = Duration::from_nanos(nanos);
        Sample { work, instructions, allocations, cpu_time, ..Sample::default() }
    }

    #[test]
    fn rounds_become_a_median_and_the_worst_and_least_allocations() {
        let rounds = [round(Some(900), 0, 50), round(Some(100), 1, 40), round(Some(200), 0, 900)];
        let row = Row { figures: Vec::new(), ..Row::new("100B/1p", "klamm", &rounds) };
        let expected = json!({
            "case": "100B/1p",
            "client": "klamm",
            "messages": 10,
            "instructions_per_message": 20.0,
            "allocations_per_message": 0.1,
            "least_allocations_per_message": 0.0,
            "ns_per_message": 5.0,
            "ns_of_rounds": [5.0, 4.0, 90.0],
            "left_bytes_per_message": null,
            "figures": {},
        });
        assert_eq!(row.to_json(), expected);
    }

    #[test]
    fn what_was_not_counted_in_every_round_is_null() {
        let row = Row::new("100B/1p", "klamm", &[round(Some(900), 0, 50), round(None, 0, 50)]);
        assert_eq!(row.to_json()["instructions_per_message"], Value::Null);
    }

    #[test]
    fn the_most_that_was_left_counts_and_less_than_none_is_shown() {
        let left = |bytes: &[i64]| {
            let rounds = bytes.iter().map(|bytes| Sample { left_bytes: Some(*bytes), ..round(None, 0, 1) });
            Row::new("100B/1p", "klamm", &rounds.collect::<Vec<_>>()).left_bytes_per_message
        };
        assert_eq!((left(&[5, -3]), left(&[-3])), (Some(0.5), Some(-0.3)));
    }
}
