//! The command line of `cargo xtask tidy`.

use std::process::ExitCode;

use anyhow::Result;

use super::rules;
use super::tree::Tree;
use crate::workspace;

/// Check the rules of the repository that no compiler knows.
///
/// Prints every violation as path:line: rule: message.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_: &Args) -> Result<ExitCode> {
    let tree = Tree::read(workspace::root())?;
    let mut violations = Vec::new();
    for (name, rule) in rules::ALL {
        violations.extend(rule(&tree).into_iter().map(|violation| (name, violation)));
    }
    for (name, violation) in &violations {
        println!("{}:{}: {name}: {}", violation.path, violation.line, violation.message);
    }
    eprintln!("tidy: {} files, {} rules, {} violations", tree.len(), rules::ALL.len(), violations.len());
    Ok(if violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
