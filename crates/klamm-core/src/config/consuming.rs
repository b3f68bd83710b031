//! Setters for the group, for fetching and for what is kept in the queue.

use std::time::Duration;

use super::{
    setter::setters,
    values::{AssignmentStrategy, AutoOffsetReset, GroupProtocol, IsolationLevel, joined},
};
use crate::Config;

setters! {
    /// Sets the consumer group.
    group_id(group: impl Into<String> => String)
        "group.id", "none by default";

    /// Sets the member's static id: it may come back within the session timeout without a rebalance.
    group_instance_id(id: impl Into<String> => String)
        "group.instance.id", "none by default";

    /// Sets the protocol by which the group shares its partitions out.
    group_protocol(protocol: GroupProtocol)
        "group.protocol", "default `classic`";

    /// Sets the coordinator's assignor, with [`GroupProtocol::Consumer`].
    group_remote_assignor(assignor: impl Into<String> => String)
        "group.remote.assignor", "by default the coordinator chooses; `uniform` or `range`";

    /// Sets where a partition is read that has no committed offset, or one that is outside of its log.
    auto_offset_reset(reset: AutoOffsetReset)
        "auto.offset.reset", "default `latest`";

    /// Sets which messages of transactions are read.
    isolation_level(level: IsolationLevel)
        "isolation.level", "default `read_committed`";

    /// Sets how long the group waits for a sign of life before it gives a member up. Not with
    /// [`GroupProtocol::Consumer`], where the brokers decide.
    session_timeout(timeout: Duration)
        "session.timeout.ms", "default 45 s, from 1 ms to 1 h, and at most `max.poll.interval.ms`";

    /// Sets how often a member gives a sign of life. Not with [`GroupProtocol::Consumer`], where the brokers decide.
    heartbeat_interval(interval: Duration)
        "heartbeat.interval.ms", "default 3 s, from 1 ms to 1 h";

    /// Sets how long a member may take no messages before it leaves the group.
    max_poll_interval(interval: Duration)
        "max.poll.interval.ms", "default 5 min, from 1 ms to 1 day";

    /// Sets how much a broker gathers before it answers a fetch, in bytes.
    fetch_min_bytes(bytes: u32)
        "fetch.min.bytes", "default 1, from 1 to 100 000 000";

    /// Sets how much a broker answers a fetch with at most, in bytes. A larger batch still comes through.
    fetch_max_bytes(bytes: u32)
        "fetch.max.bytes", "default 52 428 800, from 0 to 2 147 483 135";

    /// Sets how long a broker waits for `fetch.min.bytes`.
    fetch_wait_max(time: Duration)
        "fetch.wait.max.ms", "default 500 ms, from 0 to 5 min";

    /// Sets how much of a partition is fetched at once, in bytes. A larger batch still comes through.
    max_partition_fetch_bytes(bytes: u32)
        "max.partition.fetch.bytes", "default 1 048 576, from 1 to 1 000 000 000";

    /// Sets how long fetching pauses once the queue is full.
    fetch_queue_backoff(time: Duration)
        "fetch.queue.backoff.ms", "default 1 s, from 0 to 5 min";

    /// Sets how long fetching pauses after an error.
    fetch_error_backoff(time: Duration)
        "fetch.error.backoff.ms", "default 500 ms, from 0 to 5 min";

    /// Sets how many messages of a partition librdkafka tries to have in the queue.
    queued_min_messages(count: u32)
        "queued.min.messages", "default 100 000, from 1 to 10 000 000";

    /// Sets how much librdkafka keeps in the queue at most, in KiB.
    queued_max_messages_kbytes(kibibytes: u32)
        "queued.max.messages.kbytes", "default 65 536, from 1 to 2 097 151";

    /// Sets whether the checksums of messages are verified.
    check_crcs(enabled: bool)
        "check.crcs", "default false";
}

impl Config {
    /// Sets how the leader of a classic group shares partitions out: the first strategy that all members have.
    ///
    /// librdkafka's [`partition.assignment.strategy`](https://github.com/confluentinc/librdkafka/blob/v2.12.1/CONFIGURATION.md):
    /// default `range,roundrobin`.
    pub fn partition_assignment_strategy(
        self,
        strategies: impl IntoIterator<Item = AssignmentStrategy>,
    ) -> Self {
        self.set("partition.assignment.strategy", joined(strategies))
    }
}
