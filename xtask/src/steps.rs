//! The table of what ran, how it ended and how long it took, that `test` and `ci` end with.

use std::fmt;
use std::time::{Duration, Instant};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    Failed,
    Skipped,
}

#[derive(Debug)]
struct Step {
    name: String,
    outcome: Outcome,
    took: Duration,
    note: String,
}

#[derive(Debug, Default)]
pub(crate) struct Steps(Vec<Step>);

impl Steps {
    /// Notes a step that began at `began` and ends now.
    pub(crate) fn add(&mut self, name: &str, outcome: Outcome, began: Instant, note: impl Into<String>) {
        self.0.push(Step { name: name.into(), outcome, took: began.elapsed(), note: note.into() });
    }

    pub(crate) fn any(&self, outcome: Outcome) -> bool {
        self.0.iter().any(|step| step.outcome == outcome)
    }
}

impl fmt::Display for Steps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.0.iter().map(|step| step.name.len()).max().unwrap_or(0);
        for Step { name, outcome, took, note } in &self.0 {
            let seconds = took.as_secs_f64();
            let row = format!("{name:<width$}  {outcome:<7}  {seconds:>7.1} s  {note}");
            writeln!(f, "{}", row.trim_end())?;
        }
        Ok(())
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Passed => "ok",
            Self::Failed => "FAILED",
            Self::Skipped => "SKIPPED",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_row_per_step_in_columns() {
        let mut steps = Steps::default();
        steps.add("fmt", Outcome::Passed, Instant::now(), "");
        steps.add("clippy", Outcome::Failed, Instant::now(), "2 warnings");
        assert_eq!(steps.to_string(), "fmt     ok           0.0 s\nclippy  FAILED       0.0 s  2 warnings\n");
        assert!(steps.any(Outcome::Failed) && !steps.any(Outcome::Skipped));
    }
}
