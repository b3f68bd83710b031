//! What the tests of the pipelines share.
#![allow(dead_code, reason = "each test takes what it needs")]

pub(crate) mod kind;
pub(crate) mod process;
pub(crate) mod random;
pub(crate) mod script;
pub(crate) mod transacted;

use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex},
    time::Duration,
};

use klamm_core::{Config, Message};
use klamm_stream::Consumer;
use klamm_testing::MockCluster;

/// The topic that every test reads.
pub(crate) const TOPIC: &str = "orders";

/// What handlers report: no error of theirs is expected.
pub(crate) type Fine = Result<(), std::convert::Infallible>;

/// Starts a cluster with one topic of `partitions` partitions, in which `count` records of 100 bytes stand.
pub(crate) fn cluster(partitions: usize, count: usize) -> MockCluster {
    let cluster = MockCluster::start(1).unwrap();
    cluster.create_topic(TOPIC, partitions).unwrap();
    cluster.seed(TOPIC, partitions, count, 100).unwrap();
    cluster
}

/// Starts a consumer of the topic.
pub(crate) fn consumer(config: Config) -> Consumer {
    Consumer::builder(config).subscribe([TOPIC]).unwrap()
}

/// Awaits what must happen soon.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(Duration::from_secs(60), future).await {
        Ok(output) => output,
        Err(late) => panic!("{what}: {late}, 60 s"),
    }
}

/// How often each message was handled.
#[derive(Clone, Default)]
pub(crate) struct Seen(Arc<Mutex<HashMap<(i32, i64), u32>>>);

impl Seen {
    pub(crate) fn add(&self, message: &impl Message) {
        *self.0.lock().unwrap().entry((message.partition(), message.offset())).or_default() += 1;
    }

    /// Returns how many messages were handled at all.
    pub(crate) fn distinct(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    /// Returns how many were handled more than once.
    pub(crate) fn repeated(&self) -> usize {
        self.0.lock().unwrap().values().filter(|times| **times > 1).count()
    }

    /// Waits until so many messages were handled.
    pub(crate) async fn reach(&self, count: usize) {
        soon("all messages", async {
            while self.distinct() < count {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        })
        .await;
    }
}

/// Returns the sum of what a group has committed.
pub(crate) fn committed(cluster: &MockCluster, group: &str, partitions: usize) -> i64 {
    cluster.committed(group, TOPIC, partitions).unwrap().into_iter().flatten().sum()
}
