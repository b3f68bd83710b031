//! A member that stands still beyond its session: `cargo xtask test --only kafka`.

mod faults;

use std::time::Instant;

use faults::{Load, Process, all_go_on, cluster, groups, settle, topic, until};

const PARTITIONS: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_that_stood_still_commits_nothing_late_and_reads_on() {
    if Process::is_this().await {
        return;
    }
    let (started, cluster) = (Instant::now(), cluster());
    let topic = topic(&cluster, "paused", PARTITIONS, 3);
    let load = Load::start(&cluster, &topic, PARTITIONS).await;
    let groups = groups(&cluster, &topic);
    let test = "a_member_that_stood_still_commits_nothing_late_and_reads_on";
    let mut process = Process::start(test, &topic, &groups);
    for group in &groups {
        until("each group to have three members", || process.said(group.name, "read").is_some()).await;
    }
    process.order("hold");
    for group in &groups {
        until("each to hold a message", || process.said(group.name, "held").is_some()).await;
    }
    process.signal("STOP");
    for group in &groups {
        until("the others to take over", || group.assigned() == PARTITIONS).await;
    }
    all_go_on("a member standing still", &load, &groups).await;
    let committed = |id: &str| cluster.committed(id, &topic, PARTITIONS).unwrap();
    let mut before = Vec::new();
    for group in &groups {
        let held = process.said(group.name, "held").unwrap();
        let (partition, offset) = held.split_once(' ').unwrap();
        let (partition, offset): (usize, i64) = (partition.parse().unwrap(), offset.parse().unwrap());
        until("the others to commit beyond", || committed(&group.id)[partition] > Some(offset + 1)).await;
        before.push(committed(&group.id));
    }
    process.order("late");
    let ends = load.ends();
    process.signal("CONT");
    for (group, before) in groups.iter().zip(before) {
        until("the late commit", || process.said(group.name, "late").is_some()).await;
        let late = process.said(group.name, "late").unwrap();
        eprintln!("{}: a late commit is answered: {late}", group.name);
        assert_ne!(late, "counts", "{}", group.name);
        let after = committed(&group.id);
        assert!(before.iter().zip(&after).all(|(before, after)| before <= after), "{before:?}, {after:?}");
    }
    for group in &groups {
        until("it to read what is new", || {
            let read = process.said(group.name, "read").unwrap();
            let mut words = read.split(' ');
            let (partition, offset) = (words.next().unwrap(), words.next().unwrap());
            let (partition, offset): (i32, i64) = (partition.parse().unwrap(), offset.parse().unwrap());
            offset >= ends[&partition]
        })
        .await;
    }
    all_go_on("all being members", &load, &groups).await;
    process.close().await;
    settle(&cluster, load, groups, started).await;
}
