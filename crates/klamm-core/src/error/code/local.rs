//! The codes that librdkafka gives itself, which are negative.

use super::{ErrorCode, number::codes};

// Bytes, connections, the system.
codes! {
    /// A response or a message does not have the form it should have.
    BAD_MSG = -199;
    /// Compressed data cannot be read, or its codec is not built in.
    BAD_COMPRESSION = -198;
    /// The broker's handle goes away together with the client.
    DESTROY = -197;
    /// Something failed that has no code of its own.
    FAIL = -196;
    /// The connection to the broker broke, or could not be made.
    TRANSPORT = -195;
    /// The operating system refused something essential, such as a thread.
    CRIT_SYS_RESOURCE = -194;
    /// A broker's host name has no address.
    RESOLVE = -193;
    /// A record was not delivered within `message.timeout.ms`.
    MSG_TIMED_OUT = -192;
    /// The reader has come to the end of a partition (not an error).
    PARTITION_EOF = -191;
    /// The topic has no such partition.
    UNKNOWN_PARTITION = -190;
    /// A file could not be read or written.
    FS = -189;
    /// The cluster has no such topic (`_UNKNOWN_TOPIC`; the broker's own code is
    /// [`UNKNOWN_TOPIC_OR_PARTITION`](Self::UNKNOWN_TOPIC_OR_PARTITION)).
    LOCAL_UNKNOWN_TOPIC = -188;
    /// No broker is reachable.
    ALL_BROKERS_DOWN = -187;
    /// An argument or a setting is not valid (`_INVALID_ARG`).
    INVALID_ARGUMENT = -186;
    /// An operation took longer than its bound.
    TIMED_OUT = -185;
    /// A local queue is full.
    QUEUE_FULL = -184;
    /// Fewer replicas are in sync than the acknowledgement asks for.
    ISR_INSUFF = -183;
    /// A broker changed its address (internal to librdkafka).
    NODE_UPDATE = -182;
    /// TLS failed.
    SSL = -181;
    /// The request waits for a coordinator (`_WAIT_COORD`).
    WAIT_COORDINATOR = -180;
    /// No group of this name is known to the client.
    UNKNOWN_GROUP = -179;
    /// The operation has begun (not an error where nobody waits).
    IN_PROGRESS = -178;
    /// The operation before this one has not ended yet.
    PREV_IN_PROGRESS = -177;
    /// A subscription stands in the way.
    EXISTING_SUBSCRIPTION = -176;
    /// Partitions were assigned (not an error).
    ASSIGN_PARTITIONS = -175;
    /// Partitions were revoked (not an error).
    REVOKE_PARTITIONS = -174;
    /// The same thing is used in two ways that exclude each other.
    CONFLICT = -173;
    /// The operation does not fit the client's state.
    STATE = -172;
    /// The group speaks a protocol that the client does not know.
    UNKNOWN_PROTOCOL = -171;
    /// librdkafka does not have what was asked for.
    NOT_IMPLEMENTED = -170;
    /// The broker did not accept the client's credentials.
    AUTHENTICATION = -169;
    /// No offset was there to commit.
    NO_OFFSET = -168;
    /// What was asked about has changed meanwhile.
    OUTDATED = -167;
    /// A request timed out before it was sent.
    TIMED_OUT_QUEUE = -166;
    /// The broker lacks a feature that the request needs.
    UNSUPPORTED_FEATURE = -165;
    /// The request waits for metadata.
    WAIT_CACHE = -164;
    /// A wait was cut short, as by a yield.
    INTR = -163;
    /// A key could not be serialized (never set by librdkafka).
    KEY_SERIALIZATION = -162;
    /// A value could not be serialized (never set by librdkafka).
    VALUE_SERIALIZATION = -161;
    /// A key could not be deserialized (never set by librdkafka).
    KEY_DESERIALIZATION = -160;
    /// A value could not be deserialized (never set by librdkafka).
    VALUE_DESERIALIZATION = -159;
    /// The response is there in part.
    PARTIAL = -158;
    /// Something that may only be read was to be changed.
    READ_ONLY = -157;
    /// There is no such entry.
    NOENT = -156;
    /// A response is shorter than its contents.
    UNDERFLOW = -155;
    /// A value has another type than was asked for.
    INVALID_TYPE = -154;
    /// The operation is to be tried again.
    RETRY = -153;
    /// A record was purged before it was sent.
    PURGE_QUEUE = -152;
    /// A record was purged while its request was in flight; it may have been written.
    PURGE_INFLIGHT = -151;
    /// The client met an error it cannot recover from.
    FATAL = -150;
    /// What the brokers say does not fit what the client knows.
    INCONSISTENT = -149;
    /// To go on would leave a gap in an idempotent producer's sequence.
    GAPLESS_GUARANTEE = -148;
    /// The application did not take messages for longer than `max.poll.interval.ms`.
    MAX_POLL_EXCEEDED = -147;
    /// The cluster has no such broker.
    UNKNOWN_BROKER = -146;
    /// What was asked for is not configured.
    NOT_CONFIGURED = -145;
    /// A newer producer with the same transactional id, or a newer member with the same static id, took over.
    FENCED = -144;
    /// The application made this error itself.
    APPLICATION = -143;
    /// The group took the assignment away before it was given up.
    ASSIGNMENT_LOST = -142;
    /// There was nothing to do.
    NOOP = -141;
    /// There is no offset to read from, and `auto.offset.reset` is `error`.
    AUTO_OFFSET_RESET = -140;
    /// The partition's log was cut back to before the reader's position (KIP-320).
    LOG_TRUNCATION = -139;
    /// Another record of the same batch was refused, and this one with it.
    INVALID_DIFFERENT_RECORD = -138;
    /// The broker's handle goes away, the client stays.
    DESTROY_BROKER = -137;
}
