//! What an area has, for whoever runs its binary.

use serde_json::{Value, json};

use super::{Area, Bound, Case, Quantity};
use crate::measure::{COUNTS_C, InstructionCounter, REGION};

/// Describes an area and what can be counted here.
pub(super) fn of<C: Case, S>(area: &Area<C, S>) -> Value {
    json!({
        "cases": area.cases.iter().map(Case::name).collect::<Vec<_>>(),
        "per": area.per,
        "region": REGION,
        "has_counter": InstructionCounter::of_this_thread().is_some(),
        "counts_c": COUNTS_C,
        "own": area.own,
        "quantities": area.quantities.iter().copied().map(Quantity::name).collect::<Vec<_>>(),
        "bounds": area.bounds.iter().map(bound).collect::<Vec<_>>(),
    })
}

fn bound(bound: &Bound) -> Value {
    json!({
        "cases": bound.cases,
        "quantity": bound.quantity.name(),
        "peer": bound.peer,
        "base": bound.base,
        "at_least": bound.at_least,
        "at_most": bound.at_most,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        dequeue, idle, live, memory, ownership, partitions, pipelines, published, streams, tracker, wake,
    };

    /// Whether every bound is about cases and clients that there are, and about what is counted.
    fn check<C: Case, S>(area: &Area<C, S>) {
        for bound in area.bounds {
            let cases = area.cases.iter().filter(|case| case.name().ends_with(bound.cases));
            assert!(area.quantities.contains(&bound.quantity), "{bound:?}");
            assert!(
                bound.base.is_none_or(|base| area.cases.iter().any(|case| case.name() == base)),
                "{bound:?}"
            );
            let clients = [Some(area.own), bound.peer].into_iter().flatten();
            let clients =
                clients.map(|name| area.clients.iter().find(|client| client.name == name).expect(name));
            let clients = clients.collect::<Vec<_>>();
            let cases = cases.map(|case| clients.iter().all(|client| client.does(case.name())));
            assert!(cases.clone().count() > 0 && cases.clone().all(|is_done| is_done), "{bound:?}");
        }
    }

    #[test]
    fn bounds_are_about_what_there_is() {
        check(&dequeue::AREA);
        check(&ownership::AREA);
        check(&memory::AREA);
        check(&streams::AREA);
        check(&live::AREA);
        check(&live::ON_KAFKA);
        check(&partitions::AREA);
        check(&idle::AREA);
        check(&pipelines::AREA);
        check(&pipelines::STEADY);
        check(&published::AREA);
        check(&tracker::AREA);
        check(&wake::AREA);
    }

    #[test]
    fn a_bound_says_what_it_is_about() {
        let one = Bound::exactly(1.0, Quantity::Allocations).in_cases("/detach");
        let expected = json!({
            "cases": "/detach",
            "quantity": "allocations",
            "peer": null,
            "base": null,
            "at_least": 1.0,
            "at_most": 1.0,
        });
        assert_eq!(bound(&one), expected);
        let ratio = bound(&Bound::at_most(0.4, Quantity::Time).times("rdkafka"));
        assert_eq!((&ratio["peer"], &ratio["at_least"]), (&json!("rdkafka"), &Value::Null));
        let linear = bound(&Bound::between(0.9, 1.1, Quantity::Memory).times_case("some"));
        assert_eq!((&linear["base"], &linear["at_least"]), (&json!("some"), &json!(0.9)));
    }
}
