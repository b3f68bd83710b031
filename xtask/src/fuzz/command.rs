//! The command line of `cargo xtask fuzz`, and its verdict.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, bail};

use super::program::Program;
use super::target::{self, Target};
use crate::sanitizer::Sanitizer;
use crate::steps::{Outcome, Steps};

/// Throw inputs at what reads text and bytes from outside, led by coverage and under nightly's address sanitizer.
///
/// An input that reaches something new is added to the corpus in crates/klamm-core/fuzz. Exits with 1 and the path of
/// the input if one makes a target panic, hang or misuse memory.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How long, shared among the targets
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=604_800))]
    seconds: u64,
    /// Only these targets; may be repeated
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    target: Vec<String>,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let targets = chosen(target::all()?, &args.target)?;
    let seconds = share(args.seconds, targets.len());
    let Some(program) = Program::build(&Sanitizer::find()?)? else {
        bail!("the targets do not compile");
    };
    let mut steps = Steps::default();
    for target in &targets {
        eprintln!("-- {}", target.name());
        let began = Instant::now();
        let found = program.search(target, seconds)?;
        for input in &found {
            println!("{}: fails on {}", target.name(), input.display());
            println!("  again: {}", program.again(target, input));
        }
        if found.is_empty() {
            let (added, kept) = program.keep(target)?;
            steps.add(target.name(), Outcome::Passed, began, format!("{added} inputs added, {kept} kept"));
        } else {
            steps.add(target.name(), Outcome::Failed, began, "fails on an input");
        }
    }
    print!("\n{steps}");
    Ok(if steps.any(Outcome::Failed) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The targets of these names, or all if there are none.
fn chosen(all: Vec<Target>, names: &[String]) -> Result<Vec<Target>> {
    if let Some(unknown) = names.iter().find(|name| !all.iter().any(|target| target.name() == *name)) {
        let known = all.iter().map(Target::name).collect::<Vec<_>>().join(", ");
        bail!("no target is called {unknown}; there are: {known}");
    }
    let is_chosen = |target: &Target| names.is_empty() || names.iter().any(|name| name == target.name());
    Ok(all.into_iter().filter(is_chosen).collect())
}

/// Each target's part of the time: a second at least, since none at all means without end to libFuzzer.
fn share(seconds: u64, targets: usize) -> u64 {
    (seconds / u64::try_from(targets.max(1)).unwrap_or(u64::MAX)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_chosen_by_name_and_an_unknown_one_is_refused() {
        let check = |names: &[&str]| {
            let all = ["config", "headers"].map(Target::new).into();
            let names = names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
            let chosen = chosen(all, &names).map_err(|error| error.to_string());
            chosen.map(|targets| targets.iter().map(|target| target.name().to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(check(&[]).unwrap(), ["config", "headers"]);
        assert_eq!(check(&["headers"]).unwrap(), ["headers"]);
        assert_eq!(check(&["header"]).unwrap_err(), "no target is called header; there are: config, headers");
    }

    #[test]
    fn the_time_is_shared_and_never_none() {
        assert_eq!((share(60, 3), share(1, 3), share(5, 0)), (20, 1, 5));
    }
}
