//! An area, and the command line of its binary.

use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::{Parser, Subcommand};
use serde_json::{Value, json};

use super::{Bound, Case, Client, Quantity, description, rounds};
use crate::measure::{watch_live_bytes, watch_threads};

/// A job, its sizes, and who does it.
#[derive(Clone, Copy, Debug)]
pub struct Area<C: 'static, S: 'static> {
    /// The name of its binary too.
    pub name: &'static str,
    /// The sizes.
    pub cases: &'static [C],
    /// What one of the counted things is.
    pub per: &'static str,
    /// Whose area it is: the client that is held to the bounds.
    pub own: &'static str,
    /// Who does it.
    pub clients: &'static [Client<S>],
    /// Prepares what all clients of a case share.
    pub set_up: fn(&C) -> Result<S>,
    /// What is counted.
    pub quantities: &'static [Quantity],
    /// How often every client does every case, unless something else is asked for.
    pub rounds: u8,
    /// What its own client must keep to.
    pub bounds: &'static [Bound],
}

/// Measures one area. `cargo xtask bench` runs this, adds callgrind's counts, and checks the bounds.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print the cases and bounds, and whether this machine counts instructions, as one line of JSON.
    Describe,
    /// Measure, and print the rows as one line of JSON.
    Measure {
        /// Only this case; may be repeated.
        #[arg(long = "case", value_name = "NAME")]
        cases: Vec<String>,
        /// Only this client; may be repeated.
        #[arg(long = "client", value_name = "NAME")]
        clients: Vec<String>,
        /// How often every client does every case; as often as the area says by default.
        #[arg(long, value_parser = clap::value_parser!(u8).range(1..))]
        rounds: Option<u8>,
    },
}

impl<C: Case, S> Area<C, S> {
    /// Runs the area's command line.
    pub fn main(&self) -> ExitCode {
        let answer = match Cli::parse().command {
            Command::Describe => Ok(description::of(self)),
            Command::Measure { cases, clients, rounds } => {
                self.measure(&cases, &clients, rounds.unwrap_or(self.rounds).into())
            }
        };
        match answer {
            Ok(answer) => {
                println!("{answer}");
                ExitCode::SUCCESS
            }
            Err(error) => {
                eprintln!("error: {error:#}");
                ExitCode::from(2)
            }
        }
    }

    fn measure(&self, cases: &[String], clients: &[String], rounds: usize) -> Result<Value> {
        let cases = chosen(self.cases, Case::name, cases)?;
        let clients = chosen(self.clients, |client| client.name, clients)?;
        if self.quantities.contains(&Quantity::Memory) {
            watch_live_bytes();
        }
        let of_threads = [Quantity::Wakes, Quantity::Awake, Quantity::Workers];
        if self.quantities.iter().any(|one| of_threads.contains(one)) {
            watch_threads();
        }
        let mut rows = Vec::new();
        for case in cases {
            rows.extend(rounds::measure(self, case, &clients, rounds)?);
        }
        let rows = rows.iter().map(super::Row::to_json).collect::<Vec<_>>();
        Ok(json!({ "area": self.name, "rows": rows }))
    }
}

/// Those of `all` that are named, or all of them if none is.
fn chosen<'a, T>(all: &'a [T], name: impl Fn(&T) -> &'static str, names: &[String]) -> Result<Vec<&'a T>> {
    for wanted in names {
        let known = all.iter().map(&name).collect::<Vec<_>>();
        ensure!(known.contains(&wanted.as_str()), "there is no {wanted}, but {}", known.join(", "));
    }
    Ok(all.iter().filter(|one| names.is_empty() || names.iter().any(|wanted| wanted == name(one))).collect())
}

#[cfg(test)]
mod tests {
    use super::chosen;

    #[test]
    fn names_choose_and_none_chooses_all() {
        let choose = |names: &[&str]| {
            let names = names.iter().map(ToString::to_string).collect::<Vec<_>>();
            chosen(&["100B/1p", "1KiB/1p"], |name| name, &names).map(|chosen| chosen.len())
        };
        assert_eq!(choose(&[]).unwrap(), 2);
        assert_eq!(choose(&["1KiB/1p"]).unwrap(), 1);
        assert_eq!(choose(&["2p"]).unwrap_err().to_string(), "there is no 2p, but 100B/1p, 1KiB/1p");
    }
}
