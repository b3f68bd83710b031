//! Groups that read on while a broker falls, or leads no more: `cargo xtask test --only kafka`.

mod faults;

use std::time::Instant;

use faults::{Group, Load, PROTOCOLS, all_go_on, cluster, groups, settle, topic};

const PARTITIONS: usize = 6;
/// Where a group's offsets are.
const OFFSETS: &str = "__consumer_offsets";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_read_on_when_a_broker_is_killed_and_comes_back() {
    let (started, cluster) = (Instant::now(), cluster());
    let topic = topic(&cluster, "killed", PARTITIONS, 3);
    let load = Load::start(&cluster, &topic, PARTITIONS).await;
    let groups = groups(&cluster, &topic);
    all_go_on("before the fault", &load, &groups).await;
    let fault = cluster.kill(cluster.leader(&topic, 0).unwrap()).unwrap();
    all_go_on("one broker being down", &load, &groups).await;
    fault.end().unwrap();
    cluster.wait_in_sync(&[&topic, OFFSETS]).unwrap();
    all_go_on("the broker being back", &load, &groups).await;
    settle(&cluster, load, groups, started).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_read_on_when_leaders_move() {
    let (started, cluster) = (Instant::now(), cluster());
    let topic = topic(&cluster, "moved", PARTITIONS, 3);
    let load = Load::start(&cluster, &topic, PARTITIONS).await;
    let groups = groups(&cluster, &topic);
    all_go_on("before the fault", &load, &groups).await;
    let brokers = cluster.brokers().unwrap();
    for partition in 0..2 {
        let leader = cluster.leader(&topic, partition).unwrap();
        for broker in brokers.iter().copied().filter(|broker| *broker != leader) {
            cluster.move_leader(&topic, partition, broker).unwrap();
            assert_eq!(cluster.leader(&topic, partition).unwrap(), broker);
            all_go_on(&format!("partition {partition} led by {broker}"), &load, &groups).await;
        }
    }
    settle(&cluster, load, groups, started).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_read_on_when_their_coordinator_is_lost() {
    let (started, cluster) = (Instant::now(), cluster());
    let topic = topic(&cluster, "coordinated", PARTITIONS, 3);
    let load = Load::start(&cluster, &topic, PARTITIONS).await;
    // Groups of such names that one broker coordinates all of them.
    let coordinator = cluster.coordinator(&topic).unwrap();
    let of_coordinator = |(name, _): &(&str, _)| {
        let ids = (0..).map(|number| format!("{topic}-{number}"));
        let mut ids = ids.filter(|id| cluster.coordinator(&Group::id(id, name)).unwrap() == coordinator);
        ids.next().unwrap()
    };
    let start = |protocol| Group::start(&cluster, protocol, &of_coordinator(protocol), &topic);
    let groups: Vec<_> = PROTOCOLS.iter().map(start).collect();
    all_go_on("before the fault", &load, &groups).await;
    let fault = cluster.kill(coordinator).unwrap();
    all_go_on("the coordinator being down", &load, &groups).await;
    for group in &groups {
        assert_ne!(cluster.coordinator(&group.id).unwrap(), coordinator, "another broker has taken over");
    }
    fault.end().unwrap();
    cluster.wait_in_sync(&[&topic, OFFSETS]).unwrap();
    all_go_on("the coordinator being back", &load, &groups).await;
    settle(&cluster, load, groups, started).await;
}
