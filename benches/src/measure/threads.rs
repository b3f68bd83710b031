//! What the process's threads do while one of them measures.

use std::{
    fs,
    ops::{Add, Sub},
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

/// Whether [`others`] looks: it takes far longer than most of what is measured.
static IS_WATCHED: AtomicBool = AtomicBool::new(false);

/// What some threads have done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// How often they went off a processor, because they waited or others came before them.
    pub switches: u64,
    /// Time on a processor.
    pub cpu: Duration,
}

impl Add for Activity {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { switches: self.switches + other.switches, cpu: self.cpu + other.cpu }
    }
}

impl Sub for Activity {
    type Output = Self;

    /// Less than none is none: threads that have ended are not seen any more.
    fn sub(self, other: Self) -> Self {
        let switches = self.switches.saturating_sub(other.switches);
        Self { switches, cpu: self.cpu.saturating_sub(other.cpu) }
    }
}

/// Begins to look at threads.
pub(crate) fn watch_threads() {
    IS_WATCHED.store(true, Ordering::Relaxed);
}

/// Returns what all threads have done so far except this one and librdkafka's, whose names begin with `rdk:`. `None` where
/// the system does not tell, and if nobody watches.
pub(crate) fn others() -> Option<Activity> {
    if !IS_WATCHED.load(Ordering::Relaxed) {
        return None;
    }
    let this = fs::read_link("/proc/thread-self").ok()?;
    let mut sum = Activity::default();
    for thread in fs::read_dir("/proc/self/task").ok()? {
        let thread = thread.ok()?.path();
        if thread.file_name() == this.file_name() {
            continue;
        }
        match of_other(&thread) {
            Some(activity) => sum = sum + activity,
            // It has ended since it was listed.
            None if !thread.exists() => {}
            None => return None,
        }
    }
    Some(sum)
}

/// What a thread has done, unless it is librdkafka's.
fn of_other(folder: &Path) -> Option<Activity> {
    let name = fs::read_to_string(folder.join("comm")).ok()?;
    if name.starts_with("rdk:") { Some(Activity::default()) } else { of_thread(folder) }
}

/// What one thread has done, whose folder this is.
fn of_thread(folder: &Path) -> Option<Activity> {
    let status = fs::read_to_string(folder.join("status")).ok()?;
    let lines = status.lines().filter(|line| line.contains("_ctxt_switches:"));
    let switches = lines.filter_map(|line| line.split_whitespace().last()?.parse::<u64>().ok()).sum();
    // Its first number is the time on a processor, in nanoseconds.
    let schedule = fs::read_to_string(folder.join("schedstat")).ok()?;
    let cpu = Duration::from_nanos(schedule.split_whitespace().next()?.parse().ok()?);
    Some(Activity { switches, cpu })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::{sync::mpsc, thread};

    use super::*;

    #[test]
    fn a_thread_that_waits_again_and_again_is_seen() {
        watch_threads();
        let (ask, asked) = mpsc::channel::<()>();
        let (answer, answered) = mpsc::channel();
        let other = thread::spawn(move || {
            while asked.recv().is_ok() {
                answer.send(()).expect("the test waits");
            }
        });
        let before = others().expect("the system tells");
        for _ in 0..100 {
            ask.send(()).expect("the thread listens");
            answered.recv().expect("the thread answers");
        }
        let done = others().expect("the system tells") - before;
        assert!(done.switches > 0 && done.cpu > Duration::ZERO, "{done:?}");
        drop(ask);
        other.join().expect("it does not panic");
    }
}
