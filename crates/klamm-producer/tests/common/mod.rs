//! What the tests of sending have in common.
#![allow(dead_code, reason = "each test uses some of it")]

use std::{
    collections::BTreeMap,
    future::Future,
    sync::{Arc, Mutex},
    time::Duration,
};

use klamm_core::{Config, Message};
use klamm_producer::{DeliveryError, Producer, Record};
use klamm_stream::Consumer;
use klamm_testing::MockCluster;

/// How long anything may take.
pub(crate) const WITHIN: Duration = Duration::from_secs(30);

/// A broker with a topic `orders` of two partitions.
pub(crate) fn cluster() -> MockCluster {
    let cluster = MockCluster::start(1).unwrap();
    cluster.create_topic("orders", 2).unwrap();
    cluster
}

pub(crate) fn producer(config: Config) -> Producer {
    Producer::builder(config).start().unwrap()
}

/// A configuration without a broker.
pub(crate) fn nowhere() -> Config {
    Config::new().bootstrap_servers("127.0.0.1:1")
}

/// A record with a number for a payload.
pub(crate) fn numbered(number: usize) -> Record {
    Record::to("orders").partition(0).payload(number.to_string())
}

/// Returns the number of a record.
pub(crate) fn number(record: &Record) -> usize {
    let payload = record.clone().into_parts().payload.expect("every record has a number");
    std::str::from_utf8(&payload).unwrap().parse().unwrap()
}

/// Waits no longer than [`WITHIN`].
pub(crate) async fn in_time<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(WITHIN, future).await.expect("an answer in time")
}

/// Waits until something is so.
pub(crate) async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let waited = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(WITHIN, waited).await.unwrap_or_else(|_| panic!("not in time: {what}"));
}

/// Keeps what a producer hands to its hook.
#[derive(Clone, Default)]
pub(crate) struct Kept(Arc<Mutex<Vec<DeliveryError>>>);

impl Kept {
    pub(crate) fn hook(&self) -> impl Fn(DeliveryError) + Send + Sync + 'static {
        let kept = self.clone();
        move |error| kept.0.lock().unwrap().push(error)
    }

    pub(crate) fn take(&self) -> Vec<DeliveryError> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

/// Numbers that look like chance, and are the same for the same seed (Marsaglia's xorshift).
pub(crate) struct Chance(u64);

impl Chance {
    /// Begins with a seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) + 1)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    pub(crate) fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }
}

/// Reads where each record stands in the log of two partitions.
pub(crate) async fn read(cluster: &MockCluster, topic: &str) -> BTreeMap<usize, (i32, i64)> {
    let ends = cluster.end_offsets(topic, 2).unwrap();
    let count = usize::try_from(ends.iter().sum::<i64>()).unwrap();
    let consumer = Consumer::builder(cluster.consumer_config(topic)).subscribe([topic]).unwrap();
    let mut log = BTreeMap::new();
    for _ in 0..count {
        let message = in_time(consumer.recv()).await.unwrap();
        let sent = std::str::from_utf8(message.payload().unwrap()).unwrap().parse().unwrap();
        let at = (message.partition(), message.offset());
        assert_eq!(log.insert(sent, at), None, "{sent} stands twice in the log");
    }
    log
}
