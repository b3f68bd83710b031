//! librdkafka's in-process cluster.

use std::{ffi::c_int, fmt, ptr::NonNull, time::Duration};

use super::client::Client;
use super::code::check;
use super::ledger::{
    rd_kafka_mock_broker_set_down, rd_kafka_mock_broker_set_rtt, rd_kafka_mock_broker_set_up,
    rd_kafka_mock_cluster_bootstraps, rd_kafka_mock_cluster_destroy, rd_kafka_mock_cluster_new,
    rd_kafka_mock_cluster_t, rd_kafka_mock_group_initial_rebalance_delay_ms,
    rd_kafka_mock_partition_set_leader, rd_kafka_mock_topic_create,
};
use super::text::{c_string, copied, timeout_ms};
use crate::{Config, Error, ErrorCode, ErrorKind};

/// How often a member of a group of the new protocol is told to report.
const HEARTBEAT: Duration = Duration::from_millis(200);

/// librdkafka's in-process cluster, as `klamm-testing` wraps it. Dropping it ends its brokers.
pub struct MockBroker {
    cluster: NonNull<rd_kafka_mock_cluster_t>,
    /// How many brokers there are; they are numbered from 1.
    brokers: c_int,
    // Dropped after the cluster, which runs on it.
    _client: Client,
}

// SAFETY: N4, the mock locks its cluster for itself.
unsafe impl Send for MockBroker {}
// SAFETY: as above.
unsafe impl Sync for MockBroker {}

impl MockBroker {
    /// Starts `brokers` brokers on loopback ports (`rd_kafka_mock_cluster_new`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operation`](crate::ErrorKind::Operation) if the cluster cannot start.
    pub fn start(brokers: usize) -> Result<Self, Error> {
        const OPERATION: &str = "rd_kafka_mock_cluster_new";
        let refused = |reason: &str| {
            Error::from(ErrorKind::Operation {
                operation: OPERATION,
                code: ErrorCode::INVALID_ARGUMENT,
                reason: reason.to_owned(),
            })
        };
        let count = c_int::try_from(brokers).ok().filter(|count| (1..=100).contains(count));
        let count = count.ok_or_else(|| refused("a mock cluster has 1 to 100 brokers"))?;
        let client = Client::producer(&Config::new().client_id("klamm-mock"))?;
        // SAFETY: the handle is live (N1) and outlives the cluster (field order, and `Drop`).
        let cluster = unsafe { rd_kafka_mock_cluster_new(client.as_ptr(), count) };
        let cluster = NonNull::new(cluster).ok_or_else(|| refused("the brokers could not start"))?;
        // SAFETY: the cluster is ours.
        unsafe { rd_kafka_mock_group_initial_rebalance_delay_ms(cluster.as_ptr(), 0) };
        let cluster = Self { cluster, brokers: count, _client: client };
        cluster.set_heartbeat_interval(HEARTBEAT);
        Ok(cluster)
    }

    pub(super) fn as_ptr(&self) -> *mut rd_kafka_mock_cluster_t {
        self.cluster.as_ptr()
    }

    /// Tells whether there is a broker of this number.
    pub(super) fn has(&self, broker: i32) -> bool {
        (1..=self.brokers).contains(&broker)
    }

    /// Returns the brokers' addresses, as `bootstrap.servers` wants them.
    pub fn bootstrap_servers(&self) -> String {
        // SAFETY: the cluster is ours.
        let servers = unsafe { rd_kafka_mock_cluster_bootstraps(self.cluster.as_ptr()) };
        // SAFETY: the string lives as long as the cluster (N9).
        unsafe { copied(servers) }
    }

    /// Creates a topic (`rd_kafka_mock_topic_create`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operation`](crate::ErrorKind::Operation) if the topic exists or its name cannot be one.
    pub fn create_topic(&self, topic: &str, partitions: usize, replicas: usize) -> Result<(), Error> {
        const OPERATION: &str = "rd_kafka_mock_topic_create";
        let topic = c_string(OPERATION, topic)?;
        let partitions = c_int::try_from(partitions).unwrap_or(c_int::MAX);
        let replicas = c_int::try_from(replicas).unwrap_or(c_int::MAX);
        // SAFETY: the cluster is ours; the name ends with NUL and is copied.
        let code = unsafe {
            rd_kafka_mock_topic_create(self.cluster.as_ptr(), topic.as_ptr(), partitions, replicas)
        };
        check(OPERATION, code as c_int)
    }

    /// Has a broker lead a partition from now on, under the next leader epoch (`rd_kafka_mock_partition_set_leader`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operation`](crate::ErrorKind::Operation) if there is no such partition or broker.
    pub fn set_leader(&self, topic: &str, partition: i32, broker: i32) -> Result<(), Error> {
        const OPERATION: &str = "rd_kafka_mock_partition_set_leader";
        let topic = c_string(OPERATION, topic)?;
        // SAFETY: the cluster is ours; the name ends with NUL and is copied.
        let code = unsafe {
            rd_kafka_mock_partition_set_leader(self.cluster.as_ptr(), topic.as_ptr(), partition, broker)
        };
        check(OPERATION, code as c_int)
    }

    /// Takes a broker off the network, or all with `None`: connections break and are refused.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operation`](crate::ErrorKind::Operation) if there is no such broker.
    pub fn set_down(&self, broker: Option<i32>) -> Result<(), Error> {
        // SAFETY: the cluster is ours.
        let code = unsafe { rd_kafka_mock_broker_set_down(self.cluster.as_ptr(), number(broker)) };
        check("rd_kafka_mock_broker_set_down", code as c_int)
    }

    /// Puts a broker back on the network, or all with `None`.
    ///
    /// # Errors
    ///
    /// As [`MockBroker::set_down`].
    pub fn set_up(&self, broker: Option<i32>) -> Result<(), Error> {
        // SAFETY: the cluster is ours.
        let code = unsafe { rd_kafka_mock_broker_set_up(self.cluster.as_ptr(), number(broker)) };
        check("rd_kafka_mock_broker_set_up", code as c_int)
    }

    /// Delays every answer of a broker, or of all with `None`.
    ///
    /// # Errors
    ///
    /// As [`MockBroker::set_down`].
    pub fn set_round_trip(&self, broker: Option<i32>, time: Duration) -> Result<(), Error> {
        // SAFETY: the cluster is ours.
        let code = unsafe {
            rd_kafka_mock_broker_set_rtt(self.cluster.as_ptr(), number(broker), timeout_ms(Some(time)))
        };
        check("rd_kafka_mock_broker_set_rtt", code as c_int)
    }
}

/// Numbers a broker as the mock does, for which -1 is all of them, and so must not be one.
fn number(broker: Option<i32>) -> i32 {
    broker.map_or(-1, |broker| if broker < 0 { i32::MAX } else { broker })
}

impl Drop for MockBroker {
    fn drop(&mut self) {
        // SAFETY: ours (N3), and the client it runs on is live until the field is dropped.
        unsafe { rd_kafka_mock_cluster_destroy(self.cluster.as_ptr()) };
    }
}

impl fmt::Debug for MockBroker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockBroker").field("bootstrap_servers", &self.bootstrap_servers()).finish()
    }
}
