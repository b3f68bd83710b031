//! Pipelines under seeded schedules: whatever happens to them, the invariants hold.
//!
//! Each schedule writes, has members come, leave and vanish, drops pipelines midway, has handlers take long, fail and panic, and
//! has the group refuse commits or end memberships. A supervisor starts again what has failed. The whole history is then held
//! against every checker that applies to the [kind](kind::Kind) of pipeline.
//!
//! The seeds are the same each time. `KLAMM_SCHEDULES=5000` runs so many of each kind in place of 200, and
//! `KLAMM_SCHEDULES_SEED=17` runs one, as often as that is told: threads meet in another way each time, so a failure may need
//! some runs to be seen again.

#[path = "../common/random.rs"]
mod random;
mod schedule;

mod apart;
mod kind;
mod work;

mod group;
mod owners;
mod run;
mod seat;
mod site;
mod verdict;

use std::{
    env,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use kind::Kind;
use schedule::Schedule;
use site::Site;

/// How many schedules of a kind are run at once, each with a cluster to itself.
const WORKERS: usize = 8;
/// How many follow each other on a cluster, whose memory is only given back when it ends.
const SHARING: usize = 50;
/// How many are run of each kind unless it is told otherwise.
const SCHEDULES: u64 = 200;

fn told(name: &str) -> Option<u64> {
    env::var(name).ok().map(|value| value.parse().unwrap_or_else(|_| panic!("{name} is no number: {value}")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn invariants_hold_of_process() {
    check(Kind::Serial).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn invariants_hold_of_by_partition() {
    check(Kind::ByPartition).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn invariants_hold_of_by_key() {
    check(Kind::ByKey(8)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn invariants_hold_of_messages_that_handlers_own() {
    check(Kind::Shared(8)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn invariants_hold_of_deliveries() {
    check(Kind::ByHand(8)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn invariants_hold_of_unordered() {
    check(Kind::Unordered(8)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn invariants_hold_of_a_pipeline_for_each_partition() {
    check(Kind::Apart).await;
}

async fn check(kind: Kind) {
    let seed = told("KLAMM_SCHEDULES_SEED");
    let count = told("KLAMM_SCHEDULES").unwrap_or(if seed.is_some() { 1 } else { SCHEDULES });
    let (next, has_failed) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let failures = Arc::new(Mutex::new(Vec::new()));
    let workers = (0..WORKERS).map(|_| {
        let (next, has_failed) = (Arc::clone(&next), Arc::clone(&has_failed));
        let failures = Arc::clone(&failures);
        tokio::spawn(async move {
            loop {
                let site = Site::new();
                for _ in 0..SHARING {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count || has_failed.load(Ordering::Relaxed) {
                        return;
                    }
                    let seed = seed.unwrap_or(number);
                    if let Err(why) = run::run(&site, &Schedule::of(seed), kind, number).await {
                        has_failed.store(true, Ordering::Relaxed);
                        failures.lock().unwrap().push(format!("KLAMM_SCHEDULES_SEED={seed} {kind:?}: {why}"));
                    }
                }
            }
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.await.unwrap();
    }
    let failures = failures.lock().unwrap();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
