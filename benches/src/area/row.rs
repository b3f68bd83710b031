//! What one message costs one client.

use serde_json::{Value, json};

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
    /// The median of the rounds, on a processor.
    pub ns_per_message: f64,
}

impl Row {
    /// Sums up a client's rounds, of which there is at least one.
    pub(super) fn new(case: &'static str, client: &'static str, rounds: &[Sample]) -> Self {
        let messages = rounds[0].work.messages;
        let instructions = rounds.iter().map(|round| round.instructions).collect::<Option<Vec<_>>>();
        let allocations = rounds.iter().map(|round| round.allocations).max().unwrap_or(0);
        let nanos = rounds.iter().map(nanos).collect();
        Self {
            case,
            client,
            messages,
            instructions_per_message: instructions.map(|rounds| each(median(rounds), messages)),
            allocations_per_message: each(allocations, messages),
            ns_per_message: each(median(nanos), messages),
        }
    }

    pub(super) fn to_json(&self) -> Value {
        json!({
            "case": self.case,
            "client": self.client,
            "messages": self.messages,
            "instructions_per_message": self.instructions_per_message,
            "allocations_per_message": self.allocations_per_message,
            "ns_per_message": self.ns_per_message,
        })
    }
}

fn nanos(round: &Sample) -> u64 {
    u64::try_from(round.cpu_time.as_nanos()).unwrap_or(u64::MAX)
}

/// The middle one; of two in the middle, the higher.
fn median(mut values: Vec<u64>) -> u64 {
    values.sort_unstable();
    values[values.len() / 2]
}

#[expect(clippy::cast_precision_loss, reason = "counts of one run are far below 2^52")]
fn each(total: u64, messages: usize) -> f64 {
    total as f64 / messages as f64
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::measure::Work;

    fn round(instructions: Option<u64>, allocations: u64, nanos: u64) -> Sample {
        let work = Work { messages: 10, bytes: 0 };
        Sample { work, instructions, allocations, cpu_time: Duration::from_nanos(nanos) }
    }

    #[test]
    fn rounds_become_a_median_and_the_worst_allocations() {
        let rounds = [round(Some(900), 0, 50), round(Some(100), 1, 40), round(Some(200), 0, 900)];
        let row = Row::new("100B/1p", "klamm", &rounds);
        let expected = json!({
            "case": "100B/1p",
            "client": "klamm",
            "messages": 10,
            "instructions_per_message": 20.0,
            "allocations_per_message": 0.1,
            "ns_per_message": 5.0,
        });
        assert_eq!(row.to_json(), expected);
    }

    #[test]
    fn what_was_not_counted_in_every_round_is_null() {
        let row = Row::new("100B/1p", "klamm", &[round(Some(900), 0, 50), round(None, 0, 50)]);
        assert_eq!(row.to_json()["instructions_per_message"], Value::Null);
    }
}
