//! What a report says of a topic.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Partition, Window};

/// A topic that the client has to do with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Topic {
    /// The topic's name.
    pub topic: String,
    /// How long the client has known it, in ms.
    pub age: u64,
    /// How old its metadata are, in ms; 0 if there are none.
    pub metadata_age: u64,
    /// The sizes of a producer's batches, in bytes.
    pub batchsize: Window,
    /// The sizes of a producer's batches, in messages.
    pub batchcnt: Window,
    /// Its partitions by number; -1 is a producer's place for messages whose partition is not chosen yet.
    pub partitions: BTreeMap<i32, Partition>,
}
