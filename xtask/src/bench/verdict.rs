//! Bounds, and whether they are kept.

use serde::Deserialize;

use super::program::Description;
use super::quantity::Quantity;
use super::report::Row;

/// What the area's own client must keep to, in the cases whose name ends with `cases`.
#[derive(Debug, Deserialize)]
pub(super) struct Bound {
    cases: String,
    quantity: Quantity,
    /// The client whose quantity is the unit; a message's own if there is none.
    peer: Option<String>,
    /// The case in which the client's own quantity is the unit.
    base: Option<String>,
    /// The least, if less is wrong too.
    at_least: Option<f64>,
    at_most: f64,
}

/// A bound, and what was measured.
#[derive(Debug)]
pub(super) struct Verdict {
    what: String,
    /// The least and the most.
    measured: Option<(f64, f64)>,
    at_least: Option<f64>,
    at_most: f64,
}

impl Verdict {
    /// What was not measured is not kept.
    pub(super) fn is_kept(&self) -> bool {
        self.measured.is_some_and(|(least, most)| {
            most <= self.at_most && self.at_least.is_none_or(|at_least| least >= at_least)
        })
    }

    pub(super) fn line(&self) -> String {
        let Self { what, measured, at_least, at_most } = self;
        let word = if self.is_kept() { "ok" } else { "FAILED" };
        let measured = match measured {
            None => "not measured".to_owned(),
            Some((least, most)) if at_least.is_some() && least < most => format!("{least:.3} to {most:.3}"),
            Some((_, most)) => format!("{most:.3}"),
        };
        let limit = match at_least {
            None => format!("at most {at_most:.2}"),
            Some(at_least) if at_least < at_most => format!("{at_least:.2} to {at_most:.2}"),
            Some(_) => format!("exactly {at_most:.2}"),
        };
        format!("{word:<8}{what}: {measured}, {limit}")
    }
}

/// Holds the area's own client to the bounds, in every case that was measured.
pub(super) fn check(rows: &[Row], about: &Description) -> Vec<Verdict> {
    let own = rows.iter().filter(|row| row.client == about.own);
    own.flat_map(|row| {
        let bounds = about.bounds.iter().filter(|bound| row.case.ends_with(&bound.cases));
        bounds.map(|bound| judge(rows, row, bound))
    })
    .collect()
}

fn judge(rows: &[Row], row: &Row, bound: &Bound) -> Verdict {
    let Row { case, client, .. } = row;
    let quantity = bound.quantity;
    let own = format!("{case} {} of {client}", quantity.name());
    let ratio = |unit: Option<&Row>| unit.and_then(|unit| quantity.ratio(row, unit)).map(|it| (it, it));
    let (what, measured) = match (&bound.peer, &bound.base) {
        (None, None) => (own, quantity.range(row)),
        (Some(peer), _) => (format!("{own} / {peer}"), ratio(of_client(rows, case, peer))),
        (None, Some(base)) => (format!("{own} / {base}"), ratio(of_client(rows, base, client))),
    };
    Verdict { what, measured, at_least: bound.at_least, at_most: bound.at_most }
}

/// What a case has cost a client.
pub(super) fn of_client<'r>(rows: &'r [Row], case: &str, client: &str) -> Option<&'r Row> {
    rows.iter().find(|row| row.case == case && row.client == client)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(client: &str, instructions: Option<f64>, allocations: (f64, f64)) -> Row {
        Row {
            case: "100B/0h/detach".into(),
            client: client.into(),
            messages: 10,
            instructions_per_message: instructions,
            allocations_per_message: Some(allocations.1),
            least_allocations_per_message: Some(allocations.0),
            ..Row::default()
        }
    }

    fn bound(cases: &str, quantity: Quantity, peer: Option<&str>, at_most: f64) -> Bound {
        let at_least = peer.is_none().then_some(at_most);
        Bound { cases: cases.into(), quantity, peer: peer.map(Into::into), base: None, at_least, at_most }
    }

    /// The lines of the verdicts on these rows.
    fn lines(rows: &[Row], bounds: Vec<Bound>) -> Vec<String> {
        let about = Description {
            cases: Vec::new(),
            per: "message".into(),
            region: String::new(),
            has_counter: false,
            counts_c: true,
            own: "klamm".into(),
            quantities: Vec::new(),
            bounds,
        };
        check(rows, &about).iter().map(Verdict::line).collect()
    }

    #[test]
    fn a_ratio_is_kept_or_it_is_not() {
        let bounds = || vec![bound("", Quantity::Instructions, Some("raw"), 1.1)];
        let measured =
            |own| lines(&[row("klamm", own, (0.0, 0.0)), row("raw", Some(100.0), (9.0, 9.0))], bounds());
        let what = "100B/0h/detach instructions of klamm / raw";
        assert_eq!(measured(Some(109.0)), [format!("ok      {what}: 1.090, at most 1.10")]);
        assert_eq!(measured(Some(111.0)), [format!("FAILED  {what}: 1.110, at most 1.10")]);
        assert_eq!(measured(None), [format!("FAILED  {what}: not measured, at most 1.10")]);
        let alone = lines(&[row("klamm", Some(1.0), (0.0, 0.0))], bounds());
        assert_eq!(alone, [format!("FAILED  {what}: not measured, at most 1.10")]);
    }

    #[test]
    fn what_must_be_exact_is_so_in_the_best_round_and_in_the_worst() {
        let measured = |allocations| {
            let bounds = vec![bound("/detach", Quantity::Allocations, None, 1.0)];
            lines(&[row("klamm", None, allocations)], bounds)
        };
        let what = "100B/0h/detach allocations of klamm";
        assert_eq!(measured((1.0, 1.0)), [format!("ok      {what}: 1.000, exactly 1.00")]);
        assert_eq!(measured((0.5, 1.0)), [format!("FAILED  {what}: 0.500 to 1.000, exactly 1.00")]);
        assert_eq!(measured((1.0, 2.0)), [format!("FAILED  {what}: 1.000 to 2.000, exactly 1.00")]);
    }

    #[test]
    fn a_case_can_be_the_unit_of_another() {
        let few = Row { case: "few".into(), ..row("klamm", Some(100.0), (0.0, 0.0)) };
        let many = |instructions| Row { case: "many".into(), ..row("klamm", Some(instructions), (0.0, 0.0)) };
        let bounds = || {
            let bound = bound("many", Quantity::Instructions, None, 1.15);
            vec![Bound { base: Some("few".into()), at_least: Some(0.85), ..bound }]
        };
        let measured = |instructions| lines(&[few.clone(), many(instructions)], bounds());
        let what = "many instructions of klamm / few";
        assert_eq!(measured(90.0), [format!("ok      {what}: 0.900, 0.85 to 1.15")]);
        assert_eq!(measured(80.0), [format!("FAILED  {what}: 0.800, 0.85 to 1.15")]);
        assert_eq!(measured(120.0), [format!("FAILED  {what}: 1.200, 0.85 to 1.15")]);
    }

    #[test]
    fn a_bound_holds_for_the_cases_that_end_as_it_says() {
        let bounds = ["/share", "/detach", "100B/0h/detach", "1100B/0h/detach"];
        let bounds = bounds.map(|cases| bound(cases, Quantity::Allocations, None, 1.0));
        assert_eq!(lines(&[row("klamm", None, (1.0, 1.0))], bounds.into()).len(), 2);
    }
}
