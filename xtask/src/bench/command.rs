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
use crate::kafka::{self, Size};

/// Measure one area, or all of them, side by side with other clients.
///
/// Every client does the same job on the same messages. Instructions are counted by the processor where it has a
/// counter, and otherwise by callgrind. Exit code 1 means that Klamm exceeds one of an area's bounds.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What is measured; everything that needs no Kafka unless it is said.
    #[arg(value_enum)]
    area: Option<Area>,
    /// Print an area's rows as one JSON object, in its last line.
    #[arg(long)]
    json: bool,
    /// Measure only this case; may be repeated.
    #[arg(long = "case", value_name = "NAME", requires = "area")]
    cases: Vec<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Area {
    /// Messages that wait in the local queue, read one by one
    Dequeue,
    /// Messages that were taken: borrowed, shared and detached
    Ownership,
    /// What stays behind for each message seen, and for each client started and dropped
    Memory,
    /// Many partitions: what a message costs, waiting or coming, what a partition takes, what idling does
    Streams,
    /// Messages that wait, handled and committed
    Pipelines,
    /// From the bytes of a message to the task that waits for it
    Wake,
    /// Records that are sent, and their delivery reports
    Producer,
    /// Messages that come from a broker of Apache Kafka, which is started for it
    LiveKafka,
}

impl Area {
    /// The binaries of the package `benches` that measure it.
    fn programs(self) -> &'static [&'static str] {
        match self {
            Self::Dequeue => &["dequeue"],
            Self::Ownership => &["ownership"],
            Self::Memory => &["memory"],
            Self::Streams => &["streams", "live", "partitions", "idle"],
            Self::Pipelines => &["pipelines", "steady", "keys", "tracker", "published"],
            Self::Wake => &["wake"],
            Self::Producer => &["producer"],
            Self::LiveKafka => &["live-kafka"],
        }
    }

    fn needs_kafka(self) -> bool {
        matches!(self, Self::LiveKafka)
    }

    /// Those that are measured if none is named.
    fn usual() -> Vec<Self> {
        Self::value_variants().iter().copied().filter(|area| !area.needs_kafka()).collect()
    }
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let areas = args.area.map_or_else(Area::usual, |area| vec![area]);
    let mut is_kept = true;
    for area in areas {
        is_kept &= measure(area, args)?;
    }
    Ok(if is_kept { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Measures an area, prints what came out, and returns whether all bounds are kept.
fn measure(area: Area, args: &Args) -> Result<bool> {
    let name = area.to_possible_value().context("every area has a name")?;
    let mut parts = Vec::new();
    for program in area.programs() {
        let program = Program::build(program)?;
        let about: Description = program.ask(["describe"])?;
        parts.push((program, about));
    }
    for case in &args.cases {
        let known = parts.iter().flat_map(|(_, about)| &about.cases).map(String::as_str).collect::<Vec<_>>();
        ensure!(known.contains(&case.as_str()), "there is no case {case}, but {}", known.join(", "));
    }
    let kafka = area.needs_kafka().then(|| kafka::Cluster::start(Size::One)).transpose()?;
    if let Some(kafka) = &kafka {
        let at = |(program, about): (Program, _)| (program.at(kafka.bootstrap()), about);
        parts = parts.into_iter().map(at).collect();
    }
    let mut all = Report { area: name.get_name().to_owned(), rows: Vec::new() };
    let mut is_kept = true;
    for (program, about) in &parts {
        let cases = args.cases.iter().filter(|case| about.cases.contains(case)).collect::<Vec<_>>();
        if cases.is_empty() && !args.cases.is_empty() {
            continue;
        }
        let report = rows(program, about, &cases)?;
        println!("{}\n\n{}", about.heading(), table(&report.rows, about));
        let verdicts = check(&report.rows, about);
        for verdict in &verdicts {
            println!("{}", verdict.line());
        }
        println!();
        is_kept &= verdicts.iter().all(Verdict::is_kept);
        all.rows.extend(report.rows);
    }
    kafka.map_or(Ok(()), kafka::Cluster::stop)?;
    if args.json {
        println!("{}", serde_json::to_string(&all)?);
    }
    Ok(is_kept)
}

/// Has a program measure these cases, or all if there are none.
fn rows(program: &Program, about: &Description, cases: &[&String]) -> Result<Report> {
    let counts_instructions = about.quantities.contains(&Quantity::Instructions);
    if counts_instructions && !about.has_counter && !callgrind::is_installed() {
        bail!(
            "nothing counts instructions here: the processor shows no counter, so install valgrind \
             (Debian: apt-get install valgrind)"
        );
    }
    let cases = cases.iter().flat_map(|case| ["--case", case.as_str()]);
    let mut report: Report = program.ask(["measure"].into_iter().chain(cases))?;
    report.keep(&about.quantities);
    if counts_instructions {
        for row in report.rows.iter_mut().filter(|row| row.instructions_per_message.is_none()) {
            row.instructions_per_message = Some(callgrind::count(program, &about.region, row)?);
        }
    }
    Ok(report)
}
