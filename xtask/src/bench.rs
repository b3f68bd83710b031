//! `cargo xtask bench`: one job, done by Klamm and by other clients in the same run.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::workspace::{announce, cargo};

/// Measure one area side by side with other clients.
///
/// Every client does the same job on the same messages. Instructions are counted by the processor where it has a
/// counter, and otherwise by callgrind. Exit code 1 means that Klamm exceeds one of the area's bounds.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What is measured.
    #[arg(value_enum)]
    area: Area,
    /// Print the rows as one JSON object, in the last line.
    #[arg(long)]
    json: bool,
    /// Measure only this case; may be repeated.
    #[arg(long = "case", value_name = "NAME")]
    cases: Vec<String>,
}

/// The areas: each is a binary of the package `benches` with this name, in lower case.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Area {
    /// Messages that wait in the local queue, read one by one
    Dequeue,
}

/// What an area's binary says of itself.
#[derive(Debug, Deserialize)]
struct Description {
    cases: Vec<String>,
    /// The function that all measured work runs in.
    region: String,
    has_counter: bool,
    bounds: Bounds,
}

/// What the area's own client must not exceed, in every case.
#[derive(Debug, Deserialize)]
struct Bounds {
    client: String,
    instructions: Vec<Ratio>,
    allocations: f64,
}

#[derive(Debug, Deserialize)]
struct Ratio {
    peer: String,
    at_most: f64,
}

#[derive(Debug, Deserialize, Serialize)]
struct Report {
    area: String,
    rows: Vec<Row>,
}

#[derive(Debug, Default, Deserialize, Serialize)]
struct Row {
    case: String,
    client: String,
    #[serde(skip_serializing)]
    messages: u32,
    instructions_per_message: Option<f64>,
    allocations_per_message: Option<f64>,
    ns_per_message: Option<f64>,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let area = args.area.to_possible_value().context("every area has a name")?;
    let program = build(area.get_name())?;
    let about: Description = ask(&program, ["describe"])?;
    for case in &args.cases {
        ensure!(about.cases.contains(case), "there is no case {case}, but {}", about.cases.join(", "));
    }
    if !about.has_counter && !has_valgrind() {
        bail!(
            "nothing counts instructions here: the processor shows no counter, so install valgrind \
             (Debian: apt-get install valgrind)"
        );
    }
    let cases = args.cases.iter().flat_map(|case| ["--case", case]);
    let mut report: Report = ask(&program, ["measure"].into_iter().chain(cases))?;
    for row in report.rows.iter_mut().filter(|row| row.instructions_per_message.is_none()) {
        row.instructions_per_message = Some(callgrind(&program, &about.region, row)?);
    }
    let counted_by = if about.has_counter { "the processor" } else { "callgrind" };
    println!("Per message; instructions counted by {counted_by}.\n\n{}", table(&report.rows, &about.bounds));
    let verdicts = check(&report.rows, &about.bounds);
    for verdict in &verdicts {
        println!("{}", verdict.line());
    }
    if args.json {
        println!("{}", serde_json::to_string(&report)?);
    }
    let is_kept = verdicts.iter().all(Verdict::is_kept);
    Ok(if is_kept { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Builds an area's binary, and returns where it is.
fn build(area: &str) -> Result<PathBuf> {
    let format = "--message-format=json-render-diagnostics";
    let mut command = cargo(["build", "--release", "--package", "benches", "--bin", area, format]);
    announce(&command);
    let output = command.stderr(Stdio::inherit()).output().context("cannot run cargo")?;
    ensure!(output.status.success(), "the benchmark does not build");
    let messages = String::from_utf8(output.stdout)?;
    messages.lines().find_map(executable).with_context(|| format!("cargo has built no {area}"))
}

/// The binary that one of cargo's messages is about, if any.
fn executable(message: &str) -> Option<PathBuf> {
    let message: serde_json::Value = serde_json::from_str(message).ok()?;
    message.get("executable")?.as_str().map(PathBuf::from)
}

/// Runs an area's binary, which answers with a line of JSON.
fn ask<T: for<'a> Deserialize<'a>, A: AsRef<OsStr>>(
    program: &Path,
    args: impl IntoIterator<Item = A>,
) -> Result<T> {
    let mut command = Command::new(program);
    command.args(args);
    answer(&mut command)
}

fn answer<T: for<'a> Deserialize<'a>>(command: &mut Command) -> Result<T> {
    announce(command);
    let output = command.stderr(Stdio::inherit()).output().context("cannot run the benchmark")?;
    ensure!(output.status.success(), "the benchmark has failed");
    serde_json::from_slice(&output.stdout).context("cannot understand the benchmark's answer")
}

fn has_valgrind() -> bool {
    let mut command = Command::new("valgrind");
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Has callgrind count one client's instructions in a process of its own, and only within `region`.
fn callgrind(program: &Path, region: &str, row: &Row) -> Result<f64> {
    let folder = program.with_file_name("callgrind");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let name = format!("{}-{}", row.case, row.client).replace('/', "-");
    let profile = folder.join(name).with_extension("out");
    let mut command = Command::new("valgrind");
    command
        .args(["--quiet", "--tool=callgrind", "--separate-threads=no", "--collect-atstart=no"])
        .arg(format!("--toggle-collect={region}"))
        .arg(format!("--callgrind-out-file={}", profile.display()))
        .arg(program)
        .args(["measure", "--rounds", "1", "--case", &row.case, "--client", &row.client]);
    let _: Report = answer(&mut command)?;
    let profile =
        fs::read_to_string(&profile).with_context(|| format!("cannot read {}", profile.display()))?;
    let total = total(&profile).context("callgrind has counted nothing")?;
    Ok(total / f64::from(row.messages))
}

/// The instructions of all functions together: a profile ends with `totals: 1234`.
fn total(profile: &str) -> Option<f64> {
    let totals = profile.lines().rev().find_map(|line| line.strip_prefix("totals:"))?;
    totals.trim().parse().ok().filter(|total| *total > 0.0)
}

/// One line for every row, and how the area's own client compares to it.
fn table(rows: &[Row], bounds: &Bounds) -> String {
    let own = &bounds.client;
    let line = |cells: [&str; 5], note: &str| {
        let [case, client, instructions, allocations, ns] = cells;
        format!("{case:<10}{client:<10}{instructions:>13}{allocations:>13}{ns:>9}   {note}")
            .trim_end()
            .to_owned()
    };
    let head = ["case", "client", "instructions", "allocations", "ns"];
    let mut lines = vec![line(head, &format!("{own}'s instructions"))];
    for row in rows {
        let ratio = if row.client == *own { None } else { instructions(rows, row, own, &row.client) };
        let ratio = ratio.map(|ratio| format!("{ratio:.3} x these")).unwrap_or_default();
        let numbers = [
            shown(row.instructions_per_message, 1),
            shown(row.allocations_per_message, 2),
            shown(row.ns_per_message, 1),
        ];
        lines.push(line([&row.case, &row.client, &numbers[0], &numbers[1], &numbers[2]], &ratio));
    }
    lines.join("\n") + "\n"
}

fn shown(value: Option<f64>, decimals: usize) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.decimals$}"))
}

/// One client's instructions as a multiple of another's, in the case of `row`.
fn instructions(rows: &[Row], row: &Row, client: &str, peer: &str) -> Option<f64> {
    let of = |client: &str| {
        let row = rows.iter().find(|other| other.case == row.case && other.client == client)?;
        row.instructions_per_message
    };
    Some(of(client)? / of(peer)?)
}

/// A bound, and what was measured.
#[derive(Debug)]
struct Verdict {
    what: String,
    measured: Option<f64>,
    at_most: f64,
}

impl Verdict {
    /// What was not measured is not kept.
    fn is_kept(&self) -> bool {
        self.measured.is_some_and(|measured| measured <= self.at_most)
    }

    fn line(&self) -> String {
        let word = if self.is_kept() { "ok" } else { "FAILED" };
        let Self { what, measured, at_most } = self;
        let measured = measured.map_or_else(|| "not measured".to_owned(), |value| format!("{value:.3}"));
        format!("{word:<8}{what}: {measured}, at most {at_most:.2}")
    }
}

/// Holds the area's own client to the bounds, in every case that was measured.
fn check(rows: &[Row], bounds: &Bounds) -> Vec<Verdict> {
    let own = &bounds.client;
    let mut verdicts = Vec::new();
    for row in rows.iter().filter(|row| row.client == *own) {
        for Ratio { peer, at_most } in &bounds.instructions {
            let what = format!("{} instructions of {own} / {peer}", row.case);
            let measured = instructions(rows, row, own, peer);
            verdicts.push(Verdict { what, measured, at_most: *at_most });
        }
        let what = format!("{} allocations of {own}", row.case);
        verdicts.push(Verdict { what, measured: row.allocations_per_message, at_most: bounds.allocations });
    }
    verdicts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(client: &str, instructions: Option<f64>, allocations: f64) -> Row {
        Row {
            case: "100B/1p".into(),
            client: client.into(),
            messages: 10,
            instructions_per_message: instructions,
            allocations_per_message: Some(allocations),
            ns_per_message: None,
        }
    }

    /// The lines of the verdicts on these rows.
    fn lines(rows: &[Row]) -> Vec<String> {
        let bounds = Bounds {
            client: "klamm".into(),
            instructions: vec![Ratio { peer: "raw".into(), at_most: 1.1 }],
            allocations: 0.0,
        };
        check(rows, &bounds).iter().map(Verdict::line).collect()
    }

    #[test]
    fn a_bound_is_kept_or_it_is_not() {
        let rows = [row("klamm", Some(109.0), 0.0), row("raw", Some(100.0), 1.0)];
        assert_eq!(
            lines(&rows),
            [
                "ok      100B/1p instructions of klamm / raw: 1.090, at most 1.10",
                "ok      100B/1p allocations of klamm: 0.000, at most 0.00",
            ]
        );
        let rows = [row("klamm", Some(111.0), 0.5), row("raw", Some(100.0), 0.0)];
        assert_eq!(
            lines(&rows),
            [
                "FAILED  100B/1p instructions of klamm / raw: 1.110, at most 1.10",
                "FAILED  100B/1p allocations of klamm: 0.500, at most 0.00",
            ]
        );
    }

    #[test]
    fn what_was_not_measured_fails() {
        let lines = lines(&[row("klamm", Some(109.0), 0.0), row("raw", None, 0.0)]);
        assert_eq!(lines[0], "FAILED  100B/1p instructions of klamm / raw: not measured, at most 1.10");
    }

    #[test]
    fn the_object_has_these_keys_and_null_for_what_is_missing() {
        let report = Report { area: "dequeue".into(), rows: vec![row("raw", None, 0.0)] };
        assert_eq!(
            serde_json::to_string(&report).unwrap(),
            "{\"area\":\"dequeue\",\"rows\":[{\"case\":\"100B/1p\",\"client\":\"raw\",\
             \"instructions_per_message\":null,\"allocations_per_message\":0.0,\"ns_per_message\":null}]}"
        );
    }

    #[test]
    fn a_profile_ends_with_its_total() {
        assert_eq!(total("events: Ir\nsummary: 7\nfn=(1)\n0 7\n\ntotals: 7\n"), Some(7.0));
        assert_eq!(total("totals: 0\n"), None);
    }
}
