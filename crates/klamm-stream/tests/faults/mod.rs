//! What the tests share that break a real cluster: a load, groups that read it, and the account of who read what.
#![allow(dead_code, unused_imports, reason = "each test takes what it needs")]

mod account;
mod group;
mod load;
mod process;

pub(crate) use account::Account;
pub(crate) use group::Group;
pub(crate) use load::Load;
pub(crate) use process::Process;

use std::{
    future::Future,
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use klamm_core::Config;
use klamm_testing::KafkaCluster;

/// How long a busy machine may take to get over a fault.
pub(crate) const RECOVERS_WITHIN: Duration = Duration::from_secs(120);

/// The three ways in which a group shares out its partitions, and what turns each on.
pub(crate) const PROTOCOLS: [(&str, &[(&str, &str)]); 3] = [
    ("range", &[("partition.assignment.strategy", "range"), ("session.timeout.ms", "6000")]),
    (
        "cooperative-sticky",
        &[("partition.assignment.strategy", "cooperative-sticky"), ("session.timeout.ms", "6000")],
    ),
    ("consumer", &[("group.protocol", "consumer")]),
];

/// Takes the cluster of the Kafka suite.
pub(crate) fn cluster() -> KafkaCluster {
    KafkaCluster::from_env().expect("`cargo xtask kafka run --brokers 3 -- …` sets KLAMM_KAFKA")
}

/// Creates a topic with a name of its own, on three brokers unless said otherwise, and waits until it may lose one.
pub(crate) fn topic(cluster: &KafkaCluster, name: &str, partitions: usize, replicas: usize) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let topic = format!("{name}-{}-{number}", std::process::id());
    cluster.create_topic(&topic, partitions, replicas).unwrap();
    cluster.wait_in_sync(&[&topic]).unwrap();
    topic
}

/// The settings of a member that soon hears of what has changed.
pub(crate) fn settings(cluster: &KafkaCluster, group: &str, protocol: &[(&str, &str)]) -> Config {
    let config = cluster.consumer_config(group).set("topic.metadata.refresh.interval.ms", 1_000);
    let config = config.set("reconnect.backoff.max.ms", 1_000);
    protocol.iter().fold(config, |config, (key, value)| config.set(*key, value))
}

/// Starts a group for each protocol, of two members each. The ids begin with the topic's name.
pub(crate) fn groups(cluster: &KafkaCluster, topic: &str) -> Vec<Group> {
    PROTOCOLS.iter().map(|protocol| Group::start(cluster, protocol, topic, topic)).collect()
}

/// Waits until a condition holds.
pub(crate) async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    in_time(what, waiting).await;
}

/// Awaits what must happen although something is broken.
pub(crate) async fn in_time<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(RECOVERS_WITHIN, future).await {
        Ok(output) => output,
        Err(late) => panic!("{what}: {late}, {} s", RECOVERS_WITHIN.as_secs()),
    }
}

/// Waits until every group has read something of every partition that was written from here on.
pub(crate) async fn all_go_on(what: &str, load: &Load, groups: &[Group]) {
    let before = load.ends();
    until(&format!("writing goes on, {what}"), || load.has_written_since(&before)).await;
    let written = load.ends();
    for group in groups {
        until(&format!("{} goes on, {what}", group.name), || group.account.has_reached(&written)).await;
    }
}

/// Ends the load, waits until every group has read and committed all of it, and holds the groups to their promises.
pub(crate) async fn settle(cluster: &KafkaCluster, load: Load, groups: Vec<Group>, started: Instant) {
    let topic = load.topic.clone();
    let written = load.stop().await;
    let partitions = usize::try_from(written.keys().max().map_or(0, |last| last + 1)).unwrap();
    for group in &groups {
        until(&format!("{} has read all", group.name), || group.account.has_reached(&written)).await;
    }
    for group in groups {
        let ends: Vec<_> = cluster.end_offsets(&topic, partitions).unwrap().into_iter().map(Some).collect();
        until(&format!("{} has committed all", group.name), || {
            cluster.committed(&group.id, &topic, partitions).is_ok_and(|committed| committed == ends)
        })
        .await;
        let name = group.name;
        let account = group.stop().await;
        let records: i64 = ends.iter().flatten().sum();
        eprintln!(
            "{name}: {records} records, {} duplicates, {} error items {:?}, {:.1} s",
            account.repeated(),
            account.errors().len(),
            account.distinct_errors(),
            started.elapsed().as_secs_f64()
        );
        account.check(&written);
    }
}
