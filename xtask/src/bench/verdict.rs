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
    at_most: f64,
    /// Whether less is wrong too.
    is_exact: bool,
}

/// A bound, and what was measured.
#[derive(Debug)]
pub(super) struct Verdict {
    what: String,
    /// The least and the most.
    measured: Option<(f64, f64)>,
    at_most: f64,
    is_exact: bool,
}

impl Verdict {
    /// What was not measured is not kept.
    pub(super) fn is_kept(&self) -> bool {
        self.measured
            .is_some_and(|(least, most)| most <= self.at_most && (!self.is_exact || least >= self.at_most))
    }

    pub(super) fn line(&self) -> String {
        let Self { what, measured, at_most, is_exact } = self;
        let word = if self.is_kept() { "ok" } else { "FAILED" };
        let measured = match measured {
            None => "not measured".to_owned(),
            Some((least, most)) if *is_exact && least < most => format!("{least:.3} to {most:.3}"),
            Some((_, most)) => format!("{most:.3}"),
        };
        let limit = if *is_exact { "exactly" } else { "at most" };
        format!("{word:<8}{what}: {measured}, {limit} {at_most:.2}")
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
    let (what, measured) = match &bound.peer {
        None => (own, quantity.range(row)),
        Some(peer) => {
            let ratio = of_client(rows, case, peer).and_then(|peer| quantity.ratio(row, peer));
            (format!("{own} / {peer}"), ratio.map(|ratio| (ratio, ratio)))
        }
    };
    Verdict { what, measured, at_most: bound.at_most, is_exact: bound.is_exact }
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
        let is_exact = peer.is_none();
        Bound { cases: cases.into(), quantity, peer: peer.map(Into::into), at_most, is_exact }
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
    fn a_bound_holds_for_the_cases_that_end_as_it_says() {
        let bounds = ["/share", "/detach", "100B/0h/detach", "1100B/0h/detach"];
        let bounds = bounds.map(|cases| bound(cases, Quantity::Allocations, None, 1.0));
        assert_eq!(lines(&[row("klamm", None, (1.0, 1.0))], bounds.into()).len(), 2);
    }
}
