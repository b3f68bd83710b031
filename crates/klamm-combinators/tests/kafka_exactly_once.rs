//! Consume, process, produce on three real brokers, while members and brokers are killed: `cargo xtask test --only kafka`.

mod common;
mod exactly_once;

use std::{sync::Arc, time::Instant};

use common::process::Process;
use exactly_once::{Guarantee, Member, Output, Run, Scene, none};
use tokio::{sync::Notify, task::block_in_place};

const PARTITIONS: usize = 6;

/// How much is written while the group is disturbed.
#[derive(Clone, Copy)]
struct Load {
    records: usize,
    each_second: usize,
    /// How many members are killed and replaced, and how many brokers fall, at least.
    rounds: usize,
}

/// A minute and more.
const LONG: Load = Load { records: 500_000, each_second: 8_000, rounds: 2 };
const SHORT: Load = Load { records: 120_000, each_second: 8_000, rounds: 1 };

/// Runs a group of members until everything is committed, and reads the output.
async fn check(test: &'static str, guarantee: Guarantee, protocol: &str, load: Load) {
    let stop = Arc::new(Notify::new());
    let told = Arc::clone(&stop);
    if let Some(what) = Process::is_this(move |_| told.notify_one()) {
        return Member::of_words(&what, stop).run().await;
    }
    let topic = format!("{}-{protocol}-{}", guarantee.name(), std::process::id());
    let scene = Scene::new(protocol, topic, PARTITIONS);
    block_in_place(|| scene.create(3));
    let started = Instant::now();
    let mut run = Run::start(test, guarantee, scene.clone());
    let filling = tokio::spawn({
        let scene = scene.clone();
        async move { scene.fill(load.records, load.each_second).await }
    });
    run.disturb(|| filling.is_finished()).await;
    filling.await.unwrap();
    scene.reach(load.records).await;
    let took = started.elapsed();
    run.stop();
    scene.mark_end();

    let ends = scene.ends();
    assert_eq!(scene.committed(), ends);
    let output = Output::read(&scene, "read_committed").await;
    let (repeated, given_up) = match guarantee {
        Guarantee::AtLeastOnce => (output.repeated(), 0),
        Guarantee::ExactlyOnce => {
            (output.repeated(), Output::read(&scene, "read_uncommitted").await.len() - output.len())
        }
    };
    println!(
        "{} {protocol}: {} records, {:.1} s; {} members killed, {} replaced, {} brokers restarted; \
         {} outputs twice, {given_up} of aborted transactions; {:?}",
        guarantee.name(),
        load.records,
        took.as_secs_f64(),
        run.kills,
        run.replaced,
        run.fallen,
        repeated.len(),
        run.seen.all(),
    );
    none("are missing", &output.missing(&ends));
    assert_eq!(scene.done(), load.records);
    assert!(run.rounds() >= load.rounds, "{} rounds", run.rounds());
    match guarantee {
        // So it would be with transactions that do not hold together.
        Guarantee::AtLeastOnce => assert!(!repeated.is_empty(), "nothing was done again"),
        Guarantee::ExactlyOnce => {
            none("are there more than once", &repeated);
            none("are out of order", &output.out_of_order());
            assert_eq!(output.len(), load.records);
            assert!(given_up > 0, "no transaction with a record was aborted");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_input_is_in_the_output_once_cooperative_sticky() {
    let test = "each_input_is_in_the_output_once_cooperative_sticky";
    check(test, Guarantee::ExactlyOnce, "cooperative-sticky", LONG).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_input_is_in_the_output_once_consumer_protocol() {
    let test = "each_input_is_in_the_output_once_consumer_protocol";
    check(test, Guarantee::ExactlyOnce, "consumer", LONG).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_input_is_missing_without_transactions_cooperative_sticky() {
    let test = "no_input_is_missing_without_transactions_cooperative_sticky";
    check(test, Guarantee::AtLeastOnce, "cooperative-sticky", SHORT).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_input_is_missing_without_transactions_consumer_protocol() {
    let test = "no_input_is_missing_without_transactions_consumer_protocol";
    check(test, Guarantee::AtLeastOnce, "consumer", SHORT).await;
}
