//! When a message was written, and by whose clock.

/// When a message was written, in milliseconds since 1970-01-01 UTC, and by whose clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Timestamp {
    /// The broker did not say.
    #[default]
    NotAvailable,
    /// The producer's clock.
    CreateTime(i64),
    /// The broker's clock (`message.timestamp.type=LogAppendTime`).
    LogAppendTime(i64),
}

impl Timestamp {
    /// Returns the milliseconds since 1970-01-01 UTC, or `None` if the broker did not say.
    pub fn to_millis(self) -> Option<i64> {
        match self {
            Self::NotAvailable => None,
            Self::CreateTime(millis) | Self::LogAppendTime(millis) => Some(millis),
        }
    }
}
