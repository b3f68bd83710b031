//! What an area has, for whoever runs its binary.

use serde_json::{Value, json};

use super::{Area, Case};
use crate::measure::{InstructionCounter, REGION};

/// Describes an area and what can be counted here.
pub(super) fn of<C: Case, S>(area: &Area<C, S>) -> Value {
    let bounds = area.bounds;
    let ratios = bounds.instructions.iter().map(|(peer, limit)| json!({ "peer": peer, "at_most": limit }));
    json!({
        "cases": area.cases.iter().map(Case::name).collect::<Vec<_>>(),
        "region": REGION,
        "has_counter": InstructionCounter::of_this_thread().is_some(),
        "bounds": {
            "client": bounds.client,
            "instructions": ratios.collect::<Vec<_>>(),
            "allocations": bounds.allocations,
        },
    })
}
