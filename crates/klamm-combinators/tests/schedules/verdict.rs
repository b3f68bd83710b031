//! Which checkers apply to a schedule.

use std::time::Duration;

use klamm_testing::{
    check::{self, Violation},
    history::Entry,
};

use crate::{
    kind::Kind,
    owners,
    run::Outcome,
    schedule::{Group, Schedule},
};

/// How long a machine that is busy may take for what takes no time.
const SLACK: Duration = Duration::from_secs(5);
/// How long a poll may keep its thread.
const POLL: Duration = Duration::from_millis(500);
/// The same under the sanitizer, where a page that is touched first costs many.
const POLL_SANITIZED: Duration = Duration::from_secs(2);
/// How long nothing may happen while records wait.
const STANDSTILL: Duration = Duration::from_secs(10);

fn poll_limit() -> Duration {
    if std::env::var_os("ASAN_OPTIONS").is_some() { POLL_SANITIZED } else { POLL }
}

/// What holds of a partition as long as one member at a time has it.
fn of_one_owner(entries: &[Entry], schedule: &Schedule) -> Result<(), Violation> {
    let entries = match schedule.group {
        Group::Eager => entries,
        Group::Consumer => &owners::with_one_owner(entries)[..],
    };
    check::rising(entries)?;
    check::repeats_nothing_committed(entries)?;
    if schedule.is_clean() { check::repeats_nothing(entries) } else { Ok(()) }
}

/// Holds a history against every checker that applies. One that is not complete cannot be told everything of.
pub(crate) fn check(entries: &[Entry], schedule: &Schedule, kind: Kind, is_complete: bool) -> Outcome {
    let all = || -> Result<(), Violation> {
        check::watermark(entries)?;
        check::fence(entries)?;
        if let Some(lane) = kind.lane() {
            check::lanes(entries, lane)?;
        }
        check::hand_over(entries)?;
        of_one_owner(entries, schedule)?;
        check::copies_nothing(entries)?;
        check::polls(entries, poll_limit())?;
        if !is_complete {
            return Ok(());
        }
        // The mock refuses the commits of a classic hold until it has gone on without the member.
        let commit = if schedule.group == Group::Consumer { SLACK } else { 3 * SLACK };
        if kind.starts_what_it_takes() {
            check::hold(entries, commit)?;
        }
        check::credits(entries, kind.at_once())?;
        check::shutdown(entries, SLACK)?;
        if !schedule.ends_memberships() {
            check::progress(entries, STANDSTILL)?;
        }
        check::at_least_once(entries)
    };
    all().map_err(|violation| violation.to_string())
}
