//! Waiting until a process has nothing on its way any more.
#![expect(unsafe_code, reason = "librdkafka counts its threads")]

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};

use super::live_bytes;

/// How long to look for the least; fetches come and go every ten milliseconds.
const LOOK: Duration = Duration::from_millis(500);
/// How long anything may take.
const DEADLINE: Duration = Duration::from_secs(60);
/// Between two looks: nothing tells when a heap changes, or a thread ends.
const PAUSE: Duration = Duration::from_micros(200);

/// Waits until the heap is as small as it has been at any time in the half second before.
pub(crate) fn wait_for_least_heap() -> Result<()> {
    let deadline = Instant::now() + DEADLINE;
    let mut least = None;
    loop {
        let began = Instant::now();
        let mut next = i64::MAX;
        while began.elapsed() < LOOK {
            let live = live_bytes().unwrap_or(0);
            if least.is_some_and(|least| live <= least) {
                return Ok(());
            }
            next = next.min(live);
            thread::sleep(PAUSE);
        }
        ensure!(Instant::now() < deadline, "the heap grows and grows while nothing is done");
        least = Some(next);
    }
}

/// Waits until no client has a thread, and the process has no more of them than `threads`, if that can be told.
pub(crate) fn wait_for_threads(threads: Option<usize>) -> Result<()> {
    wait("a client's threads do not end", || {
        // SAFETY: it takes nothing and reads a counter.
        let of_clients = unsafe { rdkafka_sys::rd_kafka_thread_cnt() };
        of_clients == 0 && self::threads() <= threads
    })
}

/// Counts the process's threads, where the system shows them.
pub(crate) fn threads() -> Option<usize> {
    Some(fs::read_dir("/proc/self/task").ok()?.count())
}

fn wait(otherwise: &str, mut is_so: impl FnMut() -> bool) -> Result<()> {
    let deadline = Instant::now() + DEADLINE;
    while !is_so() {
        ensure!(Instant::now() < deadline, "{otherwise}");
        thread::sleep(PAUSE);
    }
    Ok(())
}
