//! What a code means for whoever met it.

use super::ErrorCode;

impl ErrorCode {
    /// Tells whether the same request may succeed later, without anything else being done.
    ///
    /// For a broker's code this is what Kafka's own clients say (`RetriableException`), except for
    ///
    /// * [`UNKNOWN_TOPIC_OR_PARTITION`](Self::UNKNOWN_TOPIC_OR_PARTITION) and
    ///   [`UNKNOWN_TOPIC_ID`](Self::UNKNOWN_TOPIC_ID), which Kafka retries since a new topic takes a moment to be known
    ///   everywhere: librdkafka waits for that itself (`topic.metadata.propagation.max.ms`), and what is left is a topic
    ///   that was misspelt or deleted;
    /// * [`ELECTION_NOT_NEEDED`](Self::ELECTION_NOT_NEEDED), since nothing is left to be done;
    /// * [`BROKER_NOT_AVAILABLE`](Self::BROKER_NOT_AVAILABLE), which Kafka does not retry although it says of a broker
    ///   only that it is down.
    ///
    /// A number without a constant here is not retriable.
    pub fn is_retriable(self) -> bool {
        self.is_retriable_local() || self.is_retriable_broker()
    }

    fn is_retriable_local(self) -> bool {
        matches!(
            self,
            Self::TRANSPORT
                | Self::RESOLVE
                | Self::MSG_TIMED_OUT
                | Self::ALL_BROKERS_DOWN
                | Self::TIMED_OUT
                | Self::QUEUE_FULL
                | Self::ISR_INSUFF
                | Self::WAIT_COORDINATOR
                | Self::PREV_IN_PROGRESS
                | Self::TIMED_OUT_QUEUE
                | Self::WAIT_CACHE
                | Self::INTR
                | Self::RETRY
                | Self::DESTROY_BROKER
        )
    }

    fn is_retriable_broker(self) -> bool {
        matches!(
            self,
            Self::CORRUPT_MESSAGE
                | Self::LEADER_NOT_AVAILABLE
                | Self::NOT_LEADER_OR_FOLLOWER
                | Self::REQUEST_TIMED_OUT
                | Self::BROKER_NOT_AVAILABLE
                | Self::REPLICA_NOT_AVAILABLE
                | Self::NETWORK_EXCEPTION
                | Self::COORDINATOR_LOAD_IN_PROGRESS
                | Self::COORDINATOR_NOT_AVAILABLE
                | Self::NOT_COORDINATOR
                | Self::NOT_ENOUGH_REPLICAS
                | Self::NOT_ENOUGH_REPLICAS_AFTER_APPEND
                | Self::NOT_CONTROLLER
                | Self::CONCURRENT_TRANSACTIONS
                | Self::KAFKA_STORAGE_ERROR
                | Self::FETCH_SESSION_ID_NOT_FOUND
                | Self::INVALID_FETCH_SESSION_EPOCH
                | Self::LISTENER_NOT_FOUND
                | Self::FENCED_LEADER_EPOCH
                | Self::UNKNOWN_LEADER_EPOCH
                | Self::OFFSET_NOT_AVAILABLE
                | Self::PREFERRED_LEADER_NOT_AVAILABLE
                | Self::ELIGIBLE_LEADERS_NOT_AVAILABLE
                | Self::UNSTABLE_OFFSET_COMMIT
                | Self::THROTTLING_QUOTA_EXCEEDED
        )
    }

    /// Tells whether the client that met it is of no further use.
    ///
    /// These are the codes that say so of themselves: librdkafka has given up, or another client has taken this one's
    /// place. Others can be fatal where they are met, which librdkafka then says apart from the code.
    pub fn is_fatal(self) -> bool {
        matches!(
            self,
            Self::FATAL
                | Self::GAPLESS_GUARANTEE
                | Self::FENCED
                | Self::FENCED_INSTANCE_ID
                | Self::PRODUCER_FENCED
        )
    }
}
