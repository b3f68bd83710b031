//! Rebalances over the mock cluster; what it cannot show is in the Kafka suite.

mod common;

use std::{
    future::Future,
    time::{Duration, Instant},
};

use common::{Fine, Seen, TOPIC, cluster, committed, consumer, soon};
use klamm_combinators::{RecordsExt, Report};
use klamm_core::{Config, Message};
use klamm_stream::Consumer;
use klamm_testing::MockCluster;
use tokio::task::JoinHandle;

const DEADLINE: Duration = Duration::from_secs(20);

fn protocols(cluster: &MockCluster, group: &str) -> [Config; 2] {
    let cooperative =
        cluster.consumer_config(group).set("partition.assignment.strategy", "cooperative-sticky");
    [cooperative, cluster.consumer_protocol_config(group)]
}

fn spawn(
    consumer: &Consumer,
    handle: impl AsyncFn(&klamm_core::BorrowedMessage<'_>) -> Fine + Send + 'static,
) -> JoinHandle<Report>
where
{
    let records = consumer.records().unordered(32).commit_every(200, Duration::from_millis(50));
    tokio::spawn(async move { records.process(handle).await.unwrap() })
}

async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    soon(what, async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await;
}
