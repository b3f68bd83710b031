//! Every chore of the workspace: `cargo xtask --help`.

mod bench;
mod ci;
mod demo;
mod docs;
mod fuzz;
mod kafka;
mod sanitizer;
mod steps;
mod test;
mod tidy;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Every chore of the Klamm workspace.
///
/// Exit codes: 0 fine, 1 the thing that was checked failed, 2 the command could not do its work.
#[derive(Debug, Parser)]
#[command(name = "xtask", bin_name = "cargo xtask", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Args),
    Kafka(kafka::Args),
    Test(test::Args),
    Tidy(tidy::Args),
    Docs(docs::Args),
    Ci(ci::Args),
    Bench(bench::Args),
    Fuzz(fuzz::Args),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Demo(args) => demo::run(&args),
        Command::Kafka(args) => kafka::run(args),
        Command::Test(args) => test::run(&args),
        Command::Tidy(args) => tidy::run(&args),
        Command::Docs(args) => docs::run(&args),
        Command::Ci(args) => ci::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Fuzz(args) => fuzz::run(&args),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::from(2)
    })
}
