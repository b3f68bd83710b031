//! The command, from the build to the verdicts.

use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;

use super::callgrind;
use super::program::{Description, Program};
use super::quantity::Quantity;
use super::report::Report;
use super::table::table;
use super::verdict::{Verdict, check};

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
    /// Messages that were taken: borrowed, shared and detached
    Ownership,
    /// What stays behind for each message seen, and for each client started and dropped
    Memory,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let area = args.area.to_possible_value().context("every area has a name")?;
    let program = Program::build(area.get_name())?;
    let about: Description = program.ask(["describe"])?;
    for case in &args.cases {
        ensure!(about.cases.contains(case), "there is no case {case}, but {}", about.cases.join(", "));
    }
    let counts_instructions = about.quantities.contains(&Quantity::Instructions);
    if counts_instructions && !about.has_counter && !callgrind::is_installed() {
        bail!(
            "nothing counts instructions here: the processor shows no counter, so install valgrind \
             (Debian: apt-get install valgrind)"
        );
    }
    let cases = args.cases.iter().flat_map(|case| ["--case", case]);
    let mut report: Report = program.ask(["measure"].into_iter().chain(cases))?;
    report.keep(&about.quantities);
    if counts_instructions {
        for row in report.rows.iter_mut().filter(|row| row.instructions_per_message.is_none()) {
            row.instructions_per_message = Some(callgrind::count(&program, &about.region, row)?);
        }
    }
    println!("{}\n\n{}", about.heading(), table(&report.rows, &about));
    let verdicts = check(&report.rows, &about);
    for verdict in &verdicts {
        println!("{}", verdict.line());
    }
    if args.json {
        println!("{}", serde_json::to_string(&report)?);
    }
    let is_kept = verdicts.iter().all(Verdict::is_kept);
    Ok(if is_kept { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
