//! What exactly once costs beside at least once: `cargo xtask kafka run --brokers 1 -- cargo test --release --workspace --test
//! kafka_exactly_once_rate -- --nocapture`.
//!
//! Three brokers on one small machine take its processors from the client for every transaction that they replicate. There both copy
//! the input once, and only what they have copied is looked at.

mod common;
mod exactly_once;

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use common::soon;
use exactly_once::Scene;
use klamm_combinators::{AnyError, RecordsExt};
use klamm_core::{Message, contract::Produce};
use klamm_producer::Record;
use klamm_stream::Consumer;
use tokio::{sync::Notify, task::block_in_place};

const PARTITIONS: usize = 6;
/// So many that a run takes seconds.
const RECORDS: usize = if cfg!(debug_assertions) { 150_000 } else { 1_000_000 };
/// How often each of the two runs, in turn, where there is one broker.
const ROUNDS: usize = 5;
const DEADLINE: Duration = Duration::from_secs(30);

/// Copies the input as a group that nobody has been in, and returns how many records that were in a second, from the first
/// one that was handled until all are committed.
async fn copy<P: Produce<Record = Record>>(scene: &Scene, group: &str, producer: P) -> f64 {
    let consumer =
        Consumer::builder(scene.cluster.consumer_config(group)).subscribe([&*scene.topic]).unwrap();
    let (first, handled, all) = (&OnceLock::new(), &AtomicUsize::new(0), &Notify::new());
    let topic = &Arc::<str>::from(scene.out());
    let records = consumer.records().commit_every(10_000, Duration::from_millis(100));
    let pipeline = records.produce_to(producer, async move |m, out| {
        first.get_or_init(Instant::now);
        let record = Record::to(Arc::clone(topic)).partition(m.partition());
        out.push(record.key(m.key_bytes().unwrap()).payload(m.payload_bytes().unwrap()));
        if handled.fetch_add(1, Ordering::Relaxed) + 1 == RECORDS {
            all.notify_one();
        }
        Ok::<(), AnyError>(())
    });
    let stop = async {
        all.notified().await;
        consumer.close(DEADLINE).await
    };
    let timed = async {
        let report = pipeline.await.unwrap();
        assert_eq!(report.committed, RECORDS as u64, "{report:?}");
        f64::from(u32::try_from(RECORDS).unwrap()) / first.get().unwrap().elapsed().as_secs_f64()
    };
    soon("a run", async { tokio::join!(timed, stop).0 }).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exactly_once_has_seven_tenths_of_the_rate_of_at_least_once_on_one_broker() {
    let scene = Scene::new("range", format!("rate-{}", std::process::id()), PARTITIONS);
    block_in_place(|| scene.create(1));
    block_in_place(|| scene.cluster.seed(&scene.topic, PARTITIONS, RECORDS, 100)).unwrap();
    let is_alone = block_in_place(|| scene.cluster.brokers()).unwrap().len() == 1;
    let rounds = if is_alone { ROUNDS } else { 1 };
    let mut ratios = Vec::new();
    for round in 0..rounds {
        let group = |name: &str| format!("{}-{name}-{round}", scene.topic);
        let at_least = Box::pin(copy(&scene, &group("at-least"), &scene.producer())).await;
        // It is the time that ends a transaction.
        let producer =
            scene.transactional(&scene.topic, DEADLINE).window(RECORDS, Duration::from_millis(100));
        let exactly = Box::pin(copy(&scene, &group("exactly"), &producer.start().unwrap())).await;
        println!(
            "{at_least:.0} a second at least once, {exactly:.0} exactly once, {:.2}",
            exactly / at_least
        );
        ratios.push(exactly / at_least);
    }
    ratios.sort_unstable_by(f64::total_cmp);
    let ratio = ratios[rounds / 2];
    println!("exactly once has {ratio:.2} of the rate");
    assert!(ratio >= 0.7 || !is_alone, "{ratio:.2}: {ratios:.2?}");
}
