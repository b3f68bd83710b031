//! What the tests of messages share.
#![allow(dead_code, reason = "each test takes what it needs")]

pub(crate) mod wire;

use std::{future::Future, time::Duration};

use klamm_core::{Message, Timestamp, message::HeadersError};
use klamm_stream::Consumer;
use klamm_testing::MockCluster;

/// The topic that the tests read.
pub(crate) const TOPIC: &str = "orders";

/// Starts a cluster with a topic of one partition.
pub(crate) fn cluster() -> MockCluster {
    let cluster = MockCluster::start(1).unwrap();
    cluster.create_topic(TOPIC, 1).unwrap();
    cluster
}

/// Starts a consumer of `topic`.
pub(crate) fn consumer(cluster: &MockCluster, topic: &str) -> Consumer {
    Consumer::builder(cluster.consumer_config("group")).subscribe([topic]).unwrap()
}

/// Awaits what must happen soon.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(Duration::from_secs(60), future).await {
        Ok(output) => output,
        Err(late) => panic!("{what}: {late}, 60 s"),
    }
}

/// A list of headers, read to the end.
pub(crate) type ReadHeaders = Vec<(Vec<u8>, Option<Vec<u8>>)>;

/// Everything that can be read of a message.
#[derive(Debug, PartialEq)]
pub(crate) struct Read {
    pub(crate) topic: String,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) payload: Option<Vec<u8>>,
    pub(crate) timestamp: Timestamp,
    pub(crate) leader_epoch: Option<i32>,
    pub(crate) headers: Result<ReadHeaders, HeadersError>,
}

/// Reads everything.
pub(crate) fn read(message: &impl Message) -> Read {
    let headers = message.try_headers().map(|headers| {
        let all = headers.into_iter().flatten();
        all.map(|it| (it.name_bytes().to_vec(), it.value().map(<[u8]>::to_vec))).collect()
    });
    Read {
        topic: message.topic().to_owned(),
        partition: message.partition(),
        offset: message.offset(),
        key: message.key().map(<[u8]>::to_vec),
        payload: message.payload().map(<[u8]>::to_vec),
        timestamp: message.timestamp(),
        leader_epoch: message.leader_epoch(),
        headers,
    }
}
