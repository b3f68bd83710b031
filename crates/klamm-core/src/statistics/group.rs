//! What a report says of the consumer group.

use serde::{Deserialize, Serialize};

/// The client's side of its consumer group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ConsumerGroup {
    /// The state of the connection to the coordinator: `init`, `query-coord`, `wait-coord`, `up` or `term`, among others.
    pub state: String,
    /// How long it has been in this state, in ms.
    pub stateage: u64,
    /// Where the client stands in joining: `init`, `wait-join`, `wait-assign-call`, `steady` and others.
    pub join_state: String,
    /// How long ago partitions were last assigned or revoked, in ms; 0 if they never were.
    pub rebalance_age: u64,
    /// Total of assigns and revokes.
    pub rebalance_cnt: u64,
    /// Why the last rebalance came about, in librdkafka's words; empty if there was none.
    pub rebalance_reason: String,
    /// How many partitions are assigned.
    pub assignment_size: u64,
}
