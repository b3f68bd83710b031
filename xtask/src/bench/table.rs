//! The rows, to be read.

use super::program::Description;
use super::quantity::Quantity;
use super::report::Row;
use super::verdict::of_client;

/// What the area's own client is compared to the others in, as far as it is counted.
const COMPARED: [Quantity; 8] = [
    Quantity::Instructions,
    Quantity::Time,
    Quantity::Wall,
    Quantity::Seconds,
    Quantity::Cpu,
    Quantity::Workers,
    Quantity::P50,
    Quantity::P99,
];

/// One line for every row, and what the area's own client is in multiples of it.
pub(super) fn table(rows: &[Row], about: &Description) -> String {
    let compared = COMPARED.iter().filter(|one| about.quantities.contains(one)).collect::<Vec<_>>();
    let wide = rows.iter().map(|row| row.case.len() + 2).max().unwrap_or(0);
    let line = |[case, client]: [&str; 2], values: Vec<String>, ratios: &[String]| {
        let values = values.iter().map(|value| format!("{value:>14}")).collect::<Vec<_>>().concat();
        format!("{case:<wide$}{client:<8}{values}   {}", ratios.join(", ")).trim_end().to_owned()
    };
    let names = about.quantities.iter().map(|one| one.name().to_owned()).collect();
    let mut ratios = compared.iter().map(|one| one.name().to_owned()).collect::<Vec<_>>();
    if let Some(first) = ratios.first_mut() {
        first.insert_str(0, &format!("{} in multiples of this: ", about.own));
    }
    let mut lines = vec![line(["case", "client"], names, &ratios)];
    for row in rows {
        let values = about.quantities.iter().map(|one| shown(one.of(row), one.decimals())).collect();
        let own = of_client(rows, &row.case, &about.own).filter(|own| own.client != row.client);
        let ratios =
            own.map(|own| compared.iter().map(|one| shown(one.ratio(own, row), 3)).collect::<Vec<_>>());
        lines.push(line([&row.case, &row.client], values, &ratios.unwrap_or_default()));
    }
    lines.join("\n") + "\n"
}

fn shown(value: Option<f64>, decimals: usize) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.decimals$}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_lines_and_the_others_are_compared() {
        let row = |client: &str, instructions, ns| Row {
            case: "100B/1p".into(),
            client: client.into(),
            instructions_per_message: Some(instructions),
            ns_per_message: Some(ns),
            ns_of_rounds: vec![ns],
            ..Row::default()
        };
        let about = Description {
            cases: Vec::new(),
            per: "message".into(),
            region: String::new(),
            has_counter: false,
            counts_c: true,
            own: "klamm".into(),
            quantities: vec![Quantity::Instructions, Quantity::Time],
            bounds: Vec::new(),
        };
        assert_eq!(
            table(&[row("klamm", 50.0, 8.0), row("raw", 40.0, 16.0)], &about),
            "case     client    instructions            ns   klamm in multiples of this: instructions, ns\n\
             100B/1p  klamm             50.0           8.0\n\
             100B/1p  raw               40.0          16.0   1.250, 0.500\n"
        );
    }
}
