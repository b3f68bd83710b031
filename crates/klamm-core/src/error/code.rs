//! librdkafka's and Kafka's error codes.

use std::fmt;

use crate::native;

/// A code of librdkafka (negative) or of a Kafka broker (positive).
///
/// An open number rather than a closed enum: a broker may send a code that this release has no name for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ErrorCode(i32);

/// Names the codes that the code of these crates, or a caller, decides by.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        impl ErrorCode {
            $($(#[$doc])* pub const $name: Self = Self($code);)*
        }
    };
}

codes! {
    /// The brokers cannot be reached (librdkafka's `ERR__TRANSPORT`).
    TRANSPORT = -195;
    /// Not known to the cluster (librdkafka's `ERR__UNKNOWN_TOPIC`).
    LOCAL_UNKNOWN_TOPIC = -188;
    /// No broker is reachable (librdkafka's `ERR__ALL_BROKERS_DOWN`).
    ALL_BROKERS_DOWN = -187;
    /// An argument is not valid (librdkafka's `ERR__INVALID_ARG`).
    INVALID_ARGUMENT = -186;
    /// An operation took longer than its bound (librdkafka's `ERR__TIMED_OUT`).
    TIMED_OUT = -185;
    /// A local queue is full (librdkafka's `ERR__QUEUE_FULL`).
    QUEUE_FULL = -184;
    /// The operation has begun (librdkafka's `ERR__IN_PROGRESS`; not an error where nobody waits).
    IN_PROGRESS = -178;
    /// Partitions were assigned (librdkafka's `ERR__ASSIGN_PARTITIONS`; not an error).
    ASSIGN_PARTITIONS = -175;
    /// Partitions were revoked (librdkafka's `ERR__REVOKE_PARTITIONS`; not an error).
    REVOKE_PARTITIONS = -174;
    /// The operation does not fit the client's state (librdkafka's `ERR__STATE`).
    STATE = -172;
    /// No offset was there to commit (librdkafka's `ERR__NO_OFFSET`).
    NO_OFFSET = -168;
    /// The request waits for a coordinator (librdkafka's `ERR__WAIT_COORD`).
    WAIT_COORDINATOR = -180;
    /// Delivery failed because the message was purged from the queue (librdkafka's `ERR__PURGE_QUEUE`).
    PURGE_QUEUE = -152;
    /// The assignment was lost (librdkafka's `ERR__ASSIGNMENT_LOST`).
    ASSIGNMENT_LOST = -142;
    /// The client met an error it cannot recover from (librdkafka's `ERR__FATAL`).
    FATAL = -150;
    /// No error.
    NONE = 0;
    /// The offset is outside of the log.
    OFFSET_OUT_OF_RANGE = 1;
    /// The cluster does not know the topic or partition.
    UNKNOWN_TOPIC_OR_PARTITION = 3;
    /// The coordinator is loading.
    COORDINATOR_LOAD_IN_PROGRESS = 14;
    /// The coordinator is not available.
    COORDINATOR_NOT_AVAILABLE = 15;
    /// The broker is not this group's coordinator.
    NOT_COORDINATOR = 16;
    /// The request is of an earlier generation of the group.
    ILLEGAL_GENERATION = 22;
    /// The group does not know the member.
    UNKNOWN_MEMBER_ID = 25;
    /// The group is rebalancing.
    REBALANCE_IN_PROGRESS = 27;
    /// The client may not read the topic.
    TOPIC_AUTHORIZATION_FAILED = 29;
    /// Another member took over the static id.
    FENCED_INSTANCE_ID = 82;
    /// The member's epoch is ahead of what it may be; it was fenced (KIP-848).
    FENCED_MEMBER_EPOCH = 110;
    /// The request is of an earlier member epoch (KIP-848).
    STALE_MEMBER_EPOCH = 113;
}

impl ErrorCode {
    /// Makes a code from its number.
    pub const fn from_raw(code: i32) -> Self {
        Self(code)
    }

    /// Returns the number.
    pub const fn to_raw(self) -> i32 {
        self.0
    }

    /// Returns the number as a code, or `None` for "no error".
    pub(crate) fn check(code: i32) -> Option<Self> {
        (code != 0).then_some(Self(code))
    }

    /// Returns the symbolic name, such as `REBALANCE_IN_PROGRESS`.
    pub fn name(self) -> &'static str {
        native::error_name(self.0)
    }

    /// Returns the text that librdkafka has for the code.
    pub fn text(self) -> String {
        native::error_text(self.0)
    }

    /// Tells whether the same request may succeed later, without anything else being done.
    pub fn is_retriable(self) -> bool {
        matches!(
            self,
            Self::TRANSPORT
                | Self::ALL_BROKERS_DOWN
                | Self::TIMED_OUT
                | Self::QUEUE_FULL
                | Self::WAIT_COORDINATOR
                | Self::COORDINATOR_LOAD_IN_PROGRESS
                | Self::COORDINATOR_NOT_AVAILABLE
                | Self::NOT_COORDINATOR
                | Self(5 | 6 | 7 | 8 | 9 | 13 | 19 | 20 | 56 | 72 | 74 | 75 | 78 | 79 | 89)
        )
    }

    /// Tells whether the client that met it is of no further use.
    pub fn is_fatal(self) -> bool {
        matches!(self, Self::FATAL | Self::FENCED_INSTANCE_ID)
    }
}

impl fmt::Debug for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.name(), self.0)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (code {})", self.text(), self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_named_codes_are_librdkafkas() {
        for (code, name) in [
            (ErrorCode::TRANSPORT, "_TRANSPORT"),
            (ErrorCode::LOCAL_UNKNOWN_TOPIC, "_UNKNOWN_TOPIC"),
            (ErrorCode::ALL_BROKERS_DOWN, "_ALL_BROKERS_DOWN"),
            (ErrorCode::INVALID_ARGUMENT, "_INVALID_ARG"),
            (ErrorCode::TIMED_OUT, "_TIMED_OUT"),
            (ErrorCode::QUEUE_FULL, "_QUEUE_FULL"),
            (ErrorCode::IN_PROGRESS, "_IN_PROGRESS"),
            (ErrorCode::ASSIGN_PARTITIONS, "_ASSIGN_PARTITIONS"),
            (ErrorCode::REVOKE_PARTITIONS, "_REVOKE_PARTITIONS"),
            (ErrorCode::STATE, "_STATE"),
            (ErrorCode::NO_OFFSET, "_NO_OFFSET"),
            (ErrorCode::WAIT_COORDINATOR, "_WAIT_COORD"),
            (ErrorCode::PURGE_QUEUE, "_PURGE_QUEUE"),
            (ErrorCode::ASSIGNMENT_LOST, "_ASSIGNMENT_LOST"),
            (ErrorCode::FATAL, "_FATAL"),
            (ErrorCode::NONE, "NO_ERROR"),
            (ErrorCode::OFFSET_OUT_OF_RANGE, "OFFSET_OUT_OF_RANGE"),
            (ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, "UNKNOWN_TOPIC_OR_PART"),
            (ErrorCode::COORDINATOR_LOAD_IN_PROGRESS, "COORDINATOR_LOAD_IN_PROGRESS"),
            (ErrorCode::COORDINATOR_NOT_AVAILABLE, "COORDINATOR_NOT_AVAILABLE"),
            (ErrorCode::NOT_COORDINATOR, "NOT_COORDINATOR"),
            (ErrorCode::ILLEGAL_GENERATION, "ILLEGAL_GENERATION"),
            (ErrorCode::UNKNOWN_MEMBER_ID, "UNKNOWN_MEMBER_ID"),
            (ErrorCode::REBALANCE_IN_PROGRESS, "REBALANCE_IN_PROGRESS"),
            (ErrorCode::TOPIC_AUTHORIZATION_FAILED, "TOPIC_AUTHORIZATION_FAILED"),
            (ErrorCode::FENCED_INSTANCE_ID, "FENCED_INSTANCE_ID"),
            (ErrorCode::FENCED_MEMBER_EPOCH, "FENCED_MEMBER_EPOCH"),
            (ErrorCode::STALE_MEMBER_EPOCH, "STALE_MEMBER_EPOCH"),
        ] {
            assert_eq!(code.name(), name);
        }
    }

    #[test]
    fn an_unknown_code_has_a_name_and_a_text() {
        let code = ErrorCode::from_raw(31_999);
        assert!(!code.name().is_empty());
        assert!(code.to_string().contains("31999"));
    }
}
