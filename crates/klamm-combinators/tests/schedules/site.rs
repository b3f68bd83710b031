//! What schedules that follow each other share.

use std::time::Duration;

use klamm_core::Config;
use klamm_producer::Producer;
use klamm_testing::{ApiKey, MockCluster};

use crate::schedule::Group;

/// What schedules that follow each other share.
pub(crate) struct Site {
    pub(crate) cluster: MockCluster,
    pub(crate) producer: Producer,
}

impl Site {
    pub(crate) fn new() -> Self {
        let cluster = MockCluster::start(1).unwrap();
        cluster.set_heartbeat_interval(Duration::from_millis(20));
        // A member whose last word is answered with an error on purpose stays in the group until then.
        cluster.set_session_timeout(Duration::from_secs(3));
        let producer = Producer::builder(cluster.config().set("linger.ms", 0)).start().unwrap();
        Self { cluster, producer }
    }

    /// Takes all that was told of faults back.
    pub(crate) fn mend(&self) {
        for key in [ApiKey::OFFSET_COMMIT, ApiKey::CONSUMER_GROUP_HEARTBEAT, ApiKey::HEARTBEAT] {
            self.cluster.clear_request_errors(key);
        }
        self.cluster.set_round_trip(Duration::ZERO);
    }

    /// The settings of a member of the group that has this name.
    pub(crate) fn config(&self, group: Group, name: &str) -> Config {
        match group {
            Group::Eager => self.cluster.consumer_config(name),
            Group::Consumer => self.cluster.consumer_protocol_config(name),
        }
    }
}
