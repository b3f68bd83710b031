//! What the tests of sending have in common.
#![allow(dead_code, reason = "each test uses some of it")]

use std::{
    future::Future,
    sync::{Arc, Mutex},
    time::Duration,
};

use klamm_core::Config;
use klamm_producer::{DeliveryError, Producer, Record};
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
