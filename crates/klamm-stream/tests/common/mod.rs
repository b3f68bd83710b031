//! What the tests of the consumer share.
#![allow(dead_code, reason = "each test takes what it needs")]

pub(crate) mod feeding;
pub(crate) mod read;

use std::{future::Future, time::Duration};

use klamm_stream::Consumer;
use klamm_testing::MockCluster;

/// The topic that every test reads.
pub(crate) const TOPIC: &str = "orders";

/// Starts a cluster with one topic of `partitions` partitions, in which `count` records of 100 bytes stand.
pub(crate) fn cluster(partitions: usize, count: usize) -> MockCluster {
    let cluster = MockCluster::start(1).unwrap();
    cluster.create_topic(TOPIC, partitions).unwrap();
    cluster.seed(TOPIC, partitions, count, 100).unwrap();
    cluster
}

/// Starts a consumer of the topic in `group`.
pub(crate) fn consumer(cluster: &MockCluster, group: &str) -> Consumer {
    Consumer::builder(cluster.consumer_config(group)).subscribe([TOPIC]).unwrap()
}

/// Awaits what must happen soon.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(Duration::from_secs(30), future).await {
        Ok(output) => output,
        Err(late) => panic!("{what}: {late}, 30 s"),
    }
}

/// Waits for a condition that must come true soon.
pub(crate) async fn until(what: &str, is_so: impl Fn() -> bool) {
    soon(what, async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}
