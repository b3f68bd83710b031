//! A consumer under seeded schedules: what is written is delivered, whatever else is done meanwhile.
//!
//! Each schedule writes, reads in one or several ways at once, drops what reads, moves partitions by seeks and through the group,
//! pauses and resumes them. The checker is that of invariant I9, that no task is parked while its queue is not empty: when
//! nothing is under way any more, every reader is parked and nothing is left to deliver. Beside it: each message comes once
//! and in order, none of before a move comes after it, none comes in a pause, no position is beyond what was not delivered,
//! and nobody is polled out of proportion.
//!
//! The seeds are the same each time. `KLAMM_STRESS_SCHEDULES=20000` runs so many in place of 1,000, and `KLAMM_STRESS_SEED=17`
//! runs one, as often as that is told: threads meet in another way each time, so a failure may need some runs to be seen again.

mod schedule;

mod check;

mod log;
mod reader;
mod seat;

mod moves;
mod run;
mod settle;
mod site;

use std::{
    env,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
};

use schedule::Schedule;
use site::Site;

/// How many schedules are run at once.
const WORKERS: usize = 8;
/// How many share a cluster, whose memory is only given back when it ends.
const SHARING: usize = 100;
/// How many are run unless it is told otherwise.
const SCHEDULES: u64 = 1_000;

fn told(name: &str) -> Option<u64> {
    env::var(name).ok().map(|value| value.parse().unwrap_or_else(|_| panic!("{name} is no number: {value}")))
}

#[test]
fn nothing_is_left_undelivered_under_any_schedule() {
    let seed = told("KLAMM_STRESS_SEED");
    let count = told("KLAMM_STRESS_SCHEDULES").unwrap_or(if seed.is_some() { 1 } else { SCHEDULES });
    let (next, has_failed) = (AtomicU64::new(0), AtomicBool::new(false));
    let failures = Mutex::new(Vec::new());
    let work = || {
        loop {
            let site = Site::new();
            for _ in 0..SHARING {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count || has_failed.load(Ordering::Relaxed) {
                    return;
                }
                let seed = seed.unwrap_or(number);
                if let Err(why) = run::run(&site, &Schedule::of(seed), number) {
                    has_failed.store(true, Ordering::Relaxed);
                    failures.lock().unwrap().push(format!("KLAMM_STRESS_SEED={seed}: {why}"));
                }
            }
        }
    };
    thread::scope(|scope| (0..WORKERS).for_each(|_| drop(scope.spawn(work))));
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
