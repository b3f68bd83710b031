//! Leaving a group, as its coordinator sees it: `cargo xtask test --only kafka`.

use std::time::{Duration, Instant};

use klamm_core::Config;
use klamm_stream::Consumer;
use klamm_testing::KafkaCluster;

/// For so long a coordinator waits for a member that has not said that it leaves (`session.timeout.ms` unless set).
const SESSION: Duration = Duration::from_secs(45);
/// More than a few heartbeats of the group, in which partitions change hands, and much less than a session.
const SOON: Duration = Duration::from_secs(20);

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < 2 * SESSION, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn has_it(consumer: &Consumer) -> bool {
    !consumer.diagnostics().partitions.is_empty()
}

async fn leave(consumer: &Consumer) {
    let report = consumer.close(Duration::from_secs(10)).await;
    assert!(report.has_left, "{report:?}");
}

/// A member without partitions closes, and then the one with the only partition: it goes to a third one without a session's
/// end in between.
async fn check(assignor: &str) {
    let cluster = KafkaCluster::from_env().expect("`cargo xtask kafka run -- …` sets KLAMM_KAFKA");
    let topic = format!("leaving-{assignor}-{}", std::process::id());
    cluster.create_topic(&topic, 1, 1).unwrap();
    let config =
        || -> Config { cluster.consumer_config(&topic).set("partition.assignment.strategy", assignor) };
    let member = |config: Config| Consumer::builder(config).subscribe([topic.as_str()]).unwrap();
    let members = [member(config()), member(config())];
    let [one, other] = &members;
    let are_both = || members.iter().all(|member| member.diagnostics().rebalances > 0);
    until("both to be members, and one to have the partition", || are_both() && has_it(one) != has_it(other))
        .await;
    let (holder, idle) = if has_it(one) { (one, other) } else { (other, one) };
    leave(idle).await;
    let third = member(config());
    let started = Instant::now();
    leave(holder).await;
    until("the third to have the partition", || has_it(&third)).await;
    let took = started.elapsed();
    eprintln!("{assignor}: the partition changed hands within {took:.1?}");
    assert!(took < SOON, "{assignor}: {took:?}");
    leave(&third).await;
}

#[tokio::test]
async fn a_member_without_partitions_tells_the_group_that_it_leaves_range() {
    check("range").await;
}

#[tokio::test]
async fn a_member_without_partitions_tells_the_group_that_it_leaves_cooperative_sticky() {
    check("cooperative-sticky").await;
}
