//! The groups of the mock cluster, as a test wants them.

use std::time::Duration;

use klamm_core::{Error, TopicPartition};

use crate::MockCluster;

/// # Groups
impl MockCluster {
    /// Has a broker (from 1) coordinate a group from now on; the old one refuses what it is asked.
    ///
    /// A group is without a coordinator while its broker is [down](Self::set_broker_down), or
    /// [`ApiKey::FIND_COORDINATOR`](crate::ApiKey::FIND_COORDINATOR) fails.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operation`](klamm_core::ErrorKind::Operation) if there is no such broker, or the group's name holds NUL.
    pub fn set_coordinator(&self, group: &str, broker: i32) -> Result<(), Error> {
        self.broker.set_coordinator(group, broker)
    }

    /// Says which member of a group of the new protocol (`group.protocol=consumer`) gets which partitions from now on.
    ///
    /// A member is named by [`GroupMetadata::member`](klamm_core::GroupMetadata::member). One that is not named here keeps
    /// what it has, and one that joins gets nothing, until the next call or
    /// [`clear_target_assignment`](Self::clear_target_assignment). A partition moves once its owner has given it up, as on
    /// Kafka. A group or member that has not joined yet is passed over.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operation`](klamm_core::ErrorKind::Operation) if a name holds NUL, or a member's partitions are no
    /// list: one is named twice, a number is negative, a name is empty.
    pub fn set_target_assignment(
        &self,
        group: &str,
        members: &[(&str, &[TopicPartition])],
    ) -> Result<(), Error> {
        self.broker.set_target_assignment(group, members)
    }

    /// Leaves it to the mock again which member gets which partitions: an even share of each topic.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operation`](klamm_core::ErrorKind::Operation) if the group's name holds NUL.
    pub fn clear_target_assignment(&self, group: &str) -> Result<(), Error> {
        self.broker.clear_target_assignment(group)
    }

    /// Sets how long a member of a group of the new protocol may be silent before it is out: 30 s unless it is set, at most
    /// 35 minutes. The mock looks once a second. A member of a classic group says so itself (`session.timeout.ms`).
    pub fn set_session_timeout(&self, timeout: Duration) {
        self.broker.set_session_timeout(timeout);
    }

    /// Sets how often a member of a group of the new protocol reports: every 200 ms unless it is set, at most every 35
    /// minutes. A member hears of it when it reports next.
    pub fn set_heartbeat_interval(&self, interval: Duration) {
        self.broker.set_heartbeat_interval(interval);
    }
}
