//! Rebalances over the mock cluster; what it cannot show is in the Kafka suite.

mod common;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use common::{Fine, Seen, TOPIC, cluster, committed, consumer, soon};
use klamm_combinators::{RecordsExt, Report};
use klamm_stream::Consumer;
use tokio::{sync::Semaphore, task::JoinHandle};

const DEADLINE: Duration = Duration::from_secs(20);
const PARTITIONS: usize = 4;

/// Handles messages as far as there are permits for them.
fn spawn(consumer: &Consumer, seen: &Seen, permits: &Arc<Semaphore>) -> JoinHandle<Report> {
    let records = consumer.records().unordered(128).commit_every(50, Duration::from_millis(50));
    let (seen, permits) = (seen.clone(), Arc::clone(permits));
    tokio::spawn(async move {
        let handled = records.process(async move |message| {
            permits.acquire().await.unwrap().forget();
            seen.add(message);
            Fine::Ok(())
        });
        handled.await.unwrap()
    })
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    soon(what, async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await;
}

/// With the new protocol: in a classic rebalance the mock refuses the commits that Kafka takes, while a member is joining.
#[tokio::test]
async fn revoke_waits_for_started_records_and_commits_them() {
    let cluster = cluster(PARTITIONS, 80);
    let config = cluster.consumer_protocol_config("group");
    let (seen, permits) = (Seen::default(), Arc::new(Semaphore::new(10)));
    let first = consumer(config.clone());
    let one = spawn(&first, &seen, &permits);
    seen.reach(10).await;
    until("all started", || first.diagnostics().waiting() == 0).await;
    // Of every partition some are started and wait; the second member gets nothing before they are done.
    let second = consumer(config);
    let two = spawn(&second, &seen, &permits);
    until("a revoke", || first.diagnostics().held() > 0).await;
    assert!(second.diagnostics().partitions.is_empty(), "handed over before it was drained");
    permits.add_permits(10_000);
    until("a hand-over", || !second.diagnostics().partitions.is_empty()).await;
    seen.reach(80).await;
    for (member, pipeline) in [(first, one), (second, two)] {
        assert!(soon("close", member.close(DEADLINE)).await.is_drained);
        let report = soon("the end", pipeline).await.unwrap();
        assert_eq!((report.abandoned, report.committed), (0, report.processed), "{report:?}");
    }
    assert_eq!(seen.repeated(), 0);
    assert_eq!(committed(&cluster, "group", PARTITIONS), 80);
}

#[tokio::test]
async fn a_hold_ends_at_its_deadline_and_what_was_started_is_delivered_again() {
    let cluster = cluster(PARTITIONS, 80);
    let config = cluster.consumer_protocol_config("group");
    let (seen, started) = (Seen::default(), Seen::default());
    let hold = Duration::from_millis(300);
    let first = Consumer::builder(config.clone()).hold_deadline(hold).subscribe([TOPIC]).unwrap();
    let records = first.records().unordered(128);
    let stuck = tokio::spawn({
        let started = started.clone();
        async move {
            let handled = records.process(async move |message| {
                started.add(message);
                std::future::pending::<()>().await;
                Fine::Ok(())
            });
            handled.await.unwrap()
        }
    });
    // Of a partition of which nothing is started, nothing is held.
    started.reach(80).await;
    let second = consumer(config);
    let many = Arc::new(Semaphore::new(10_000));
    let healthy = spawn(&second, &seen, &many);
    until("a hand-over", || !second.diagnostics().partitions.is_empty()).await;
    let held = first.diagnostics().longest_hold;
    assert!((hold..hold * 10).contains(&held), "held for {held:?}");
    // What is stuck goes with its member; then the second has everything.
    let started = Instant::now();
    let report = soon("close", first.close(Duration::from_millis(300))).await;
    assert!(!report.is_drained && started.elapsed() < Duration::from_secs(5), "{report:?}");
    let report = soon("the end", stuck).await.unwrap();
    assert!(report.abandoned > 0 && report.processed == 0, "{report:?}");
    seen.reach(80).await;
    soon("close", second.close(DEADLINE)).await;
    assert_eq!(soon("the end", healthy).await.unwrap().committed, 80);
    assert_eq!((seen.repeated(), committed(&cluster, "group", PARTITIONS)), (0, 80));
}

#[tokio::test]
async fn a_panic_in_a_handler_commits_nothing_of_its_message() {
    let cluster = cluster(1, 100);
    let consumer = consumer(cluster.consumer_config("group"));
    for at in [30, 31] {
        let records = consumer.records().unordered(4);
        let pipeline = tokio::spawn(async move {
            let handled = records.process(async move |message| {
                assert!(klamm_core::Message::offset(message) < at, "on purpose");
                Fine::Ok(())
            });
            handled.await.unwrap()
        });
        assert!(soon("the panic", pipeline).await.unwrap_err().is_panic());
        // The prefix is committed in the background; the message itself never.
        until("the commit of the prefix", || committed(&cluster, "group", 1) == at).await;
    }
    let seen = Seen::default();
    let rest = spawn(&consumer, &seen, &Arc::new(Semaphore::new(1_000)));
    seen.reach(69).await;
    soon("close", consumer.close(DEADLINE)).await;
    assert_eq!(soon("the end", rest).await.unwrap().processed, 69);
}
