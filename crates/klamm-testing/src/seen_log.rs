//! What was logged through `tracing`, by whatever thread.
//!
//! For tests that hold what a client says, or does not say, such as a secret:
//!
//! ```
//! use klamm_core::logs::LogLine;
//! use klamm_testing::seen_log;
//!
//! drop(seen_log::lines()); // from here on
//! LogLine { level: 4, facility: "REBALANCE".to_owned(), text: "slow".to_owned() }.emit();
//! assert!(seen_log::lines().iter().any(|line| line.contains("slow")));
//! ```

use std::{
    fmt::{self, Write},
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};

use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Collects every event of this process from the first call on, and returns the lines so far: fields as `name=value`.
///
/// Whoever logs while the lines are held waits, and for ever if it is the thread that holds them: drop them first.
///
/// # Panics
///
/// If the process has another global subscriber of `tracing` already.
pub fn lines() -> MutexGuard<'static, Vec<String>> {
    static COLLECTED: OnceLock<()> = OnceLock::new();
    COLLECTED.get_or_init(|| tracing::subscriber::set_global_default(Collector).unwrap());
    LINES.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Collector;

impl Subscriber for Collector {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        LINES.lock().unwrap_or_else(PoisonError::into_inner).push(line.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

struct Line(String);

impl Visit for Line {
    // As it is: `Debug` would escape what a test looks for.
    fn record_str(&mut self, field: &Field, value: &str) {
        write!(self.0, "{field}={value} ").expect("a string takes everything");
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, "{field}={value:?} ").unwrap();
    }
}
