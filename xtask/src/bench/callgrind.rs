//! Instructions, counted from outside.

use std::fs;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use super::program::{Program, answer};
use super::report::{Report, Row};

pub(super) fn is_installed() -> bool {
    let mut command = Command::new("valgrind");
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Has callgrind count one client's instructions in a process of its own, and only within `region`.
pub(super) fn count(program: &Program, region: &str, row: &Row) -> Result<f64> {
    let folder = program.path().with_file_name("callgrind");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let name = format!("{}-{}", row.case, row.client).replace('/', "-");
    let profile = folder.join(name).with_extension("out");
    let mut command = Command::new("valgrind");
    command
        .args(["--quiet", "--tool=callgrind", "--separate-threads=no", "--collect-atstart=no"])
        .arg(format!("--toggle-collect={region}"))
        .arg(format!("--callgrind-out-file={}", profile.display()))
        .arg(program.path())
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

#[cfg(test)]
mod tests {
    use super::total;

    #[test]
    fn a_profile_ends_with_its_total() {
        assert_eq!(total("events: Ir\nsummary: 7\nfn=(1)\n0 7\n\ntotals: 7\n"), Some(7.0));
        assert_eq!(total("totals: 0\n"), None);
    }
}
