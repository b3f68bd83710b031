//! What a report says of an idempotent producer.

use serde::{Deserialize, Serialize};

/// The state of an idempotent or transactional producer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Eos {
    /// Where it stands with its producer id: `Init`, `RequestPID`, `WaitPID`, `Assigned` and others.
    pub idemp_state: String,
    /// How long it has been in this state, in ms.
    pub idemp_stateage: u64,
    /// Where it stands with its transaction: `Init`, `Ready`, `InTransaction` and others.
    pub txn_state: String,
    /// How long it has been in this state, in ms.
    pub txn_stateage: u64,
    /// Whether the transaction takes messages.
    pub txn_may_enq: bool,
    /// The producer id, or -1.
    pub producer_id: i64,
    /// The producer's epoch, or -1.
    pub producer_epoch: i32,
    /// How many times a producer id was given to it.
    pub epoch_cnt: u64,
}

impl Default for Eos {
    fn default() -> Self {
        Self {
            idemp_state: String::new(),
            idemp_stateage: 0,
            txn_state: String::new(),
            txn_stateage: 0,
            txn_may_enq: false,
            producer_id: -1,
            producer_epoch: -1,
            epoch_cnt: 0,
        }
    }
}
