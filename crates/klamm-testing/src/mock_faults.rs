//! What can go wrong on the mock cluster, at a test's will.

use klamm_core::{Error, ErrorCode, native::ApiKey};

use crate::MockCluster;

/// # Faults
///
/// To read outside of the log needs none of these: a [`Start::Offset`](klamm_core::Start::Offset) beyond
/// [`end_offsets`](MockCluster::end_offsets) is out of range, and so is one whose record is dropped, as the oldest are when
/// a partition exceeds 5 MiB (with the sixth record of one megabyte).
impl MockCluster {
    /// Fails the next requests of a kind, on whatever broker, each with the next of `codes`.
    ///
    /// What was told before comes first. [`ErrorCode::TRANSPORT`] breaks the connection instead of answering. A code means
    /// the whole request: no partition or record of it is done.
    ///
    /// ```
    /// use klamm_core::ErrorCode;
    /// use klamm_testing::{ApiKey, MockCluster};
    /// # fn main() -> Result<(), klamm_core::Error> {
    /// let cluster = MockCluster::start(1)?;
    /// cluster.create_topic("orders", 1)?;
    /// cluster.push_request_errors(ApiKey::PRODUCE, &[ErrorCode::NOT_ENOUGH_REPLICAS]);
    /// cluster.seed("orders", 1, 10, 100)?; // sent a second time
    /// # Ok(())
    /// # }
    /// ```
    pub fn push_request_errors(&self, api_key: ApiKey, codes: &[ErrorCode]) {
        self.broker.push_request_errors(api_key, codes);
    }

    /// Fails requests of a kind no more.
    pub fn clear_request_errors(&self, api_key: ApiKey) {
        self.broker.clear_request_errors(api_key);
    }

    /// Takes one broker (from 1) off the network. It stays the leader of its partitions.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operation`](klamm_core::ErrorKind::Operation) if there is no such broker.
    pub fn set_broker_down(&self, broker: i32) -> Result<(), Error> {
        self.broker.set_down(Some(broker))
    }

    /// Puts one broker (from 1) back on the network.
    ///
    /// # Errors
    ///
    /// As [`set_broker_down`](Self::set_broker_down).
    pub fn set_broker_up(&self, broker: i32) -> Result<(), Error> {
        self.broker.set_up(Some(broker))
    }

    /// Says an error of a topic to whoever asks for metadata, or none any more. The topic is created if it does not exist.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operation`](klamm_core::ErrorKind::Operation) if the name cannot be a topic's.
    pub fn set_topic_error(&self, topic: &str, code: impl Into<Option<ErrorCode>>) -> Result<(), Error> {
        self.broker.set_topic_error(topic, code.into())
    }

    /// Sends readers of a partition to this broker (from 1) instead of its leader (KIP-392), or with `None` to the leader.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operation`](klamm_core::ErrorKind::Operation) if there is no such partition.
    pub fn set_follower(
        &self,
        topic: &str,
        partition: i32,
        broker: impl Into<Option<i32>>,
    ) -> Result<(), Error> {
        self.broker.set_follower(topic, partition, broker.into())
    }

    /// Sets where the log begins and ends for those who read it from a follower; `None` is as on the leader.
    ///
    /// The mock has no such setting for the leader. A reader below `low` is out of range, and asks the leader, which knows
    /// nothing of it; one above `high` goes back to the leader.
    ///
    /// # Errors
    ///
    /// As [`set_follower`](Self::set_follower).
    pub fn set_follower_watermarks(
        &self,
        topic: &str,
        partition: i32,
        low: impl Into<Option<i64>>,
        high: impl Into<Option<i64>>,
    ) -> Result<(), Error> {
        self.broker.set_follower_watermarks(topic, partition, low.into(), high.into())
    }
}
