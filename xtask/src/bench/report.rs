//! What an area's binary has measured.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::quantity::Quantity;

/// What an area's binary has measured.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Report {
    pub(super) area: String,
    pub(super) rows: Vec<Row>,
}

/// What one message of one case costs one client.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct Row {
    pub(super) case: String,
    pub(super) client: String,
    #[serde(skip_serializing)]
    pub(super) messages: u32,
    pub(super) instructions_per_message: Option<f64>,
    pub(super) allocations_per_message: Option<f64>,
    #[serde(skip_serializing)]
    pub(super) least_allocations_per_message: Option<f64>,
    pub(super) ns_per_message: Option<f64>,
    #[serde(skip_serializing)]
    pub(super) ns_of_rounds: Vec<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) left_bytes_per_message: Option<f64>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) figures: BTreeMap<Quantity, Figure>,
}

/// One thing that was counted beside those above: the number that stands for it, and each round's.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct Figure {
    pub(super) value: f64,
    pub(super) rounds: Vec<f64>,
}

impl Report {
    /// Forgets what the area does not ask for: it was counted, and means nothing.
    pub(super) fn keep(&mut self, quantities: &[Quantity]) {
        let keep = |quantity, value| if quantities.contains(&quantity) { value } else { None };
        for row in &mut self.rows {
            row.instructions_per_message = keep(Quantity::Instructions, row.instructions_per_message);
            row.allocations_per_message = keep(Quantity::Allocations, row.allocations_per_message);
            row.ns_per_message = keep(Quantity::Time, row.ns_per_message);
            row.left_bytes_per_message = keep(Quantity::Memory, row.left_bytes_per_message);
            row.figures.retain(|quantity, _| quantities.contains(quantity));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(left_bytes_per_message: Option<f64>) -> Report {
        let row = Row {
            case: "100B/1p".into(),
            client: "raw".into(),
            allocations_per_message: Some(0.0),
            left_bytes_per_message,
            ..Row::default()
        };
        Report { area: "dequeue".into(), rows: vec![row] }
    }

    #[test]
    fn the_object_has_these_keys_and_null_for_what_is_missing() {
        assert_eq!(
            serde_json::to_string(&report(None)).unwrap(),
            "{\"area\":\"dequeue\",\"rows\":[{\"case\":\"100B/1p\",\"client\":\"raw\",\
             \"instructions_per_message\":null,\"allocations_per_message\":0.0,\"ns_per_message\":null}]}"
        );
    }

    #[test]
    fn what_is_not_asked_for_is_forgotten() {
        let mut report = report(Some(1.5));
        report.keep(&[Quantity::Memory]);
        let row = &report.rows[0];
        assert_eq!((row.allocations_per_message, row.left_bytes_per_message), (None, Some(1.5)));
        report.rows[0].figures = [Quantity::Wall, Quantity::P50].map(|one| (one, Figure::default())).into();
        report.keep(&[Quantity::P50]);
        assert_eq!(report.rows[0].figures.keys().collect::<Vec<_>>(), [&Quantity::P50]);
    }
}
