//! What is shown while the demo runs: a bar on a terminal, plain lines elsewhere.

use std::{
    io::{IsTerminal, stderr},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

use super::tally::Now;

/// How often a plain line is printed.
const LINE_EVERY: Duration = Duration::from_secs(1);

/// What is shown while the demo runs.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    started: Instant,
    last_line: Option<Instant>,
}

impl Progress {
    pub(super) fn new(cluster: &str, messages: usize) -> Self {
        eprintln!("demo: {messages} messages on {cluster}");
        let bar = stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(messages as u64);
            let style = ProgressStyle::with_template("{elapsed:>4} {wide_bar} {pos}/{len}  {msg}");
            bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Self { bar, started: Instant::now(), last_line: None }
    }

    /// Tells of something that happens.
    pub(super) fn say(&self, what: &str) {
        match &self.bar {
            Some(bar) => bar.println(format!("demo: {what}")),
            None => eprintln!("demo: {what}"),
        }
    }

    /// Shows where things stand.
    pub(super) fn show(&mut self, now: Now) {
        let seconds = self.started.elapsed().as_secs_f64().max(0.001);
        #[expect(clippy::cast_precision_loss, reason = "a rate that is shown")]
        let rate = now.handled as f64 / seconds;
        let Now { in_flight, committed, .. } = now;
        let line = format!("{rate:.0}/s  lag {}  in flight {in_flight}  committed {committed}", now.lag());
        if let Some(bar) = &self.bar {
            bar.set_position(now.handled);
            bar.set_message(line);
        } else if self.last_line.is_none_or(|last| last.elapsed() >= LINE_EVERY) {
            self.last_line = Some(Instant::now());
            eprintln!("demo: {} handled  {line}", now.handled);
        }
    }

    pub(super) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
