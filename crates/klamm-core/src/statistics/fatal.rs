//! What a report says of the error that ended a client.

use serde::{Deserialize, Serialize};

/// The error that made the client useless.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Fatal {
    /// The error's text.
    pub error: String,
    /// The reason, in librdkafka's words.
    pub reason: String,
    /// How many fatal errors there were; the first is shown.
    pub cnt: u64,
}
