//! The codes that brokers send, under the names of Kafka's protocol.

use super::{ErrorCode, number::codes};

codes! {
    /// The broker failed in a way that it has no code for.
    UNKNOWN_SERVER_ERROR = -1;
    /// No error.
    NONE = 0;

    /// The offset is outside of the log.
    OFFSET_OUT_OF_RANGE = 1;
    /// A message's checksum, size or form is wrong.
    CORRUPT_MESSAGE = 2;
    /// The cluster does not know the topic or partition.
    UNKNOWN_TOPIC_OR_PARTITION = 3;
    /// The size of a fetch is not valid.
    INVALID_FETCH_SIZE = 4;
    /// The partition has no leader at the moment.
    LEADER_NOT_AVAILABLE = 5;
    /// The broker is no longer the partition's leader, or no replica of it.
    NOT_LEADER_OR_FOLLOWER = 6;
    /// The broker could not do it in the time the request gave.
    REQUEST_TIMED_OUT = 7;
    /// The broker is down.
    BROKER_NOT_AVAILABLE = 8;
    /// The replica is not available.
    REPLICA_NOT_AVAILABLE = 9;
    /// A record batch is larger than the topic's `max.message.bytes`.
    MESSAGE_TOO_LARGE = 10;
    /// The controller has moved to another broker.
    STALE_CONTROLLER_EPOCH = 11;
    /// A commit's metadata is longer than the broker takes.
    OFFSET_METADATA_TOO_LARGE = 12;
    /// The broker hung up before it answered.
    NETWORK_EXCEPTION = 13;
    /// The coordinator is loading.
    COORDINATOR_LOAD_IN_PROGRESS = 14;
    /// The coordinator is not available.
    COORDINATOR_NOT_AVAILABLE = 15;
    /// The broker is not the coordinator.
    NOT_COORDINATOR = 16;
    /// The topic's name is not valid, or the topic is internal.
    INVALID_TOPIC_EXCEPTION = 17;
    /// A record batch is larger than a log segment.
    RECORD_LIST_TOO_LARGE = 18;
    /// Fewer replicas are in sync than `min.insync.replicas`; nothing was written.
    NOT_ENOUGH_REPLICAS = 19;
    /// The records were written, to fewer replicas than `min.insync.replicas`.
    NOT_ENOUGH_REPLICAS_AFTER_APPEND = 20;
    /// The number of acknowledgements asked for is not valid.
    INVALID_REQUIRED_ACKS = 21;
    /// The request is of an earlier generation of the group.
    ILLEGAL_GENERATION = 22;
    /// The members of the group have no assignment strategy in common.
    INCONSISTENT_GROUP_PROTOCOL = 23;
    /// The group's name is not valid.
    INVALID_GROUP_ID = 24;
    /// The group does not know the member.
    UNKNOWN_MEMBER_ID = 25;
    /// The broker does not allow a session timeout of this length.
    INVALID_SESSION_TIMEOUT = 26;
    /// The group is rebalancing.
    REBALANCE_IN_PROGRESS = 27;
    /// A commit is larger than the broker takes.
    INVALID_COMMIT_OFFSET_SIZE = 28;
    /// The client may not do this with the topic.
    TOPIC_AUTHORIZATION_FAILED = 29;
    /// The client may not do this with the group.
    GROUP_AUTHORIZATION_FAILED = 30;
    /// The client may not do this with the cluster.
    CLUSTER_AUTHORIZATION_FAILED = 31;
    /// A message's timestamp is out of the topic's range.
    INVALID_TIMESTAMP = 32;
    /// The broker does not have this SASL mechanism.
    UNSUPPORTED_SASL_MECHANISM = 33;
    /// The request comes at the wrong moment of the SASL handshake.
    ILLEGAL_SASL_STATE = 34;
    /// The broker does not know this version of the request.
    UNSUPPORTED_VERSION = 35;
    /// A topic of this name exists.
    TOPIC_ALREADY_EXISTS = 36;
    /// A topic cannot have this number of partitions.
    INVALID_PARTITIONS = 37;
    /// A topic cannot have this number of replicas.
    INVALID_REPLICATION_FACTOR = 38;
    /// Replicas cannot be placed on these brokers.
    INVALID_REPLICA_ASSIGNMENT = 39;
    /// A topic's or broker's setting is not valid.
    INVALID_CONFIG = 40;
    /// The broker is not the controller.
    NOT_CONTROLLER = 41;
    /// The request contradicts itself.
    INVALID_REQUEST = 42;
    /// The log's message format is too old for the request.
    UNSUPPORTED_FOR_MESSAGE_FORMAT = 43;
    /// The cluster's policy does not allow it.
    POLICY_VIOLATION = 44;
    /// An idempotent producer's batches did not arrive in their order.
    OUT_OF_ORDER_SEQUENCE_NUMBER = 45;
    /// The broker has this batch of an idempotent producer already.
    DUPLICATE_SEQUENCE_NUMBER = 46;
    /// A newer producer has this one's transactional id, or its transaction was aborted.
    INVALID_PRODUCER_EPOCH = 47;
    /// The transaction is not in a state that allows it.
    INVALID_TXN_STATE = 48;
    /// The transactional id belongs to another producer id.
    INVALID_PRODUCER_ID_MAPPING = 49;
    /// The transaction timeout is longer than the broker allows.
    INVALID_TRANSACTION_TIMEOUT = 50;
    /// The transaction before this one is still being completed.
    CONCURRENT_TRANSACTIONS = 51;
    /// A transaction's marker came from a coordinator that is no longer one.
    TRANSACTION_COORDINATOR_FENCED = 52;
    /// The client may not use the transactional id.
    TRANSACTIONAL_ID_AUTHORIZATION_FAILED = 53;
    /// The cluster has no authorizer, so there is nothing to administer.
    SECURITY_DISABLED = 54;
    /// The broker did not try, because another part of the request failed.
    OPERATION_NOT_ATTEMPTED = 55;
    /// The broker's disk failed.
    KAFKA_STORAGE_ERROR = 56;
    /// The broker has no such log directory.
    LOG_DIR_NOT_FOUND = 57;
    /// The broker did not accept the credentials.
    SASL_AUTHENTICATION_FAILED = 58;
    /// The broker has forgotten the producer.
    UNKNOWN_PRODUCER_ID = 59;
    /// The partition's replicas are being moved.
    REASSIGNMENT_IN_PROGRESS = 60;
    /// The cluster has no delegation tokens.
    DELEGATION_TOKEN_AUTH_DISABLED = 61;
    /// The cluster does not know the delegation token.
    DELEGATION_TOKEN_NOT_FOUND = 62;
    /// The principal neither owns nor may renew the delegation token.
    DELEGATION_TOKEN_OWNER_MISMATCH = 63;
    /// A delegation token cannot be asked for on this connection.
    DELEGATION_TOKEN_REQUEST_NOT_ALLOWED = 64;
    /// The client may not do this with the delegation token.
    DELEGATION_TOKEN_AUTHORIZATION_FAILED = 65;
    /// The delegation token is too old.
    DELEGATION_TOKEN_EXPIRED = 66;
    /// The cluster does not have this type of principal.
    INVALID_PRINCIPAL_TYPE = 67;
    /// The group has members.
    NON_EMPTY_GROUP = 68;
    /// There is no such group.
    GROUP_ID_NOT_FOUND = 69;
    /// The broker has forgotten the fetch session.
    FETCH_SESSION_ID_NOT_FOUND = 70;
    /// The fetch session is at another epoch.
    INVALID_FETCH_SESSION_EPOCH = 71;
    /// The partition's leader has no listener of this name.
    LISTENER_NOT_FOUND = 72;
    /// The cluster does not let topics be deleted.
    TOPIC_DELETION_DISABLED = 73;
    /// The request's leader epoch is older than the broker's.
    FENCED_LEADER_EPOCH = 74;
    /// The request's leader epoch is newer than the broker's.
    UNKNOWN_LEADER_EPOCH = 75;
    /// The client cannot read the compression that the topic needs.
    UNSUPPORTED_COMPRESSION_TYPE = 76;
    /// The broker was restarted meanwhile.
    STALE_BROKER_EPOCH = 77;
    /// A new leader does not know yet how far its followers are.
    OFFSET_NOT_AVAILABLE = 78;
    /// The member must join again with the id it was given.
    MEMBER_ID_REQUIRED = 79;
    /// The preferred leader is not available.
    PREFERRED_LEADER_NOT_AVAILABLE = 80;
    /// The group has as many members as it may have.
    GROUP_MAX_SIZE_REACHED = 81;
    /// Another member took over the static id.
    FENCED_INSTANCE_ID = 82;
    /// No replica that may become the leader is available.
    ELIGIBLE_LEADERS_NOT_AVAILABLE = 83;
    /// The partition has the leader it should have.
    ELECTION_NOT_NEEDED = 84;
    /// The partition's replicas are not being moved.
    NO_REASSIGNMENT_IN_PROGRESS = 85;
    /// The group is subscribed to the topic, so its offsets cannot be deleted.
    GROUP_SUBSCRIBED_TO_TOPIC = 86;
    /// The broker did not accept the record.
    INVALID_RECORD = 87;
    /// A transaction that holds committed offsets is not complete yet.
    UNSTABLE_OFFSET_COMMIT = 88;
    /// The client has used up its quota for the moment.
    THROTTLING_QUOTA_EXCEEDED = 89;
    /// A newer producer has the transactional id.
    PRODUCER_FENCED = 90;
    /// The request names something that does not exist.
    RESOURCE_NOT_FOUND = 91;
    /// The request names the same thing twice.
    DUPLICATE_RESOURCE = 92;
    /// A credential is too weak.
    UNACCEPTABLE_CREDENTIAL = 93;
    /// One side of a vote is not among the voters.
    INCONSISTENT_VOTER_SET = 94;
    /// The version that an update names is not valid.
    INVALID_UPDATE_VERSION = 95;
    /// The cluster's features could not be updated.
    FEATURE_UPDATE_FAILED = 96;
    /// The controller could not read who a forwarded request is from.
    PRINCIPAL_DESERIALIZATION_FAILURE = 97;
    /// The cluster does not know the topic's id.
    UNKNOWN_TOPIC_ID = 100;
    /// The member's epoch is ahead of what it may be; it was fenced (KIP-848).
    FENCED_MEMBER_EPOCH = 110;
    /// Another member still has the static id (KIP-848).
    UNRELEASED_INSTANCE_ID = 111;
    /// The group does not have this assignor (KIP-848).
    UNSUPPORTED_ASSIGNOR = 112;
    /// The request is of an earlier member epoch (KIP-848).
    STALE_MEMBER_EPOCH = 113;
    /// The broker does not know the telemetry subscription (KIP-714).
    UNKNOWN_SUBSCRIPTION_ID = 117;
    /// The client's telemetry is larger than the broker takes (KIP-714).
    TELEMETRY_TOO_LARGE = 118;
    /// The client must begin anew from its bootstrap servers (KIP-1102).
    REBOOTSTRAP_REQUIRED = 129;
}
