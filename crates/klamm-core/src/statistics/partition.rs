//! What a report says of a partition.

use serde::{Deserialize, Serialize};

/// librdkafka's offset for one that is not known (`RD_KAFKA_OFFSET_INVALID`).
const INVALID: i64 = -1001;

/// A partition of a topic. Totals count from the client's start.
///
/// An offset that is not known is -1001. Where librdkafka was asked for a logical offset it is -2 (beginning), -1 (end)
/// or -1000 (stored).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Partition {
    /// Its number, from 0; -1 is a producer's place for messages whose partition is not chosen yet.
    pub partition: i32,
    /// The id of the broker that its messages are fetched from or sent to, or -1.
    pub broker: i32,
    /// The id of its leader, or -1.
    pub leader: i32,
    /// Whether the application wants it: it is assigned, or was asked for by its number.
    pub desired: bool,
    /// Whether the cluster's metadata do not name it.
    pub unknown: bool,
    /// Messages that wait to be put into a request.
    pub msgq_cnt: u64,
    /// Their size, in bytes.
    pub msgq_bytes: u64,
    /// Messages that are ready to be sent; librdkafka 2.12.1 always says 0.
    pub xmit_msgq_cnt: u64,
    /// Their size, in bytes; librdkafka 2.12.1 always says 0.
    pub xmit_msgq_bytes: u64,
    /// Messages that were fetched and wait to be taken.
    pub fetchq_cnt: u64,
    /// Their size, in bytes.
    pub fetchq_size: u64,
    /// The fetcher's state: `none`, `stopping`, `stopped`, `offset-query`, `offset-wait` or `active`, among others.
    pub fetch_state: String,
    /// The last logical offset that was asked for.
    pub query_offset: i64,
    /// The next offset to fetch.
    pub next_offset: i64,
    /// The offset after the last message that the application was given.
    pub app_offset: i64,
    /// The offset that is stored to be committed.
    pub stored_offset: i64,
    /// The leader's epoch at the stored offset, or -1.
    pub stored_leader_epoch: i32,
    /// The offset that was committed last.
    pub committed_offset: i64,
    /// The leader's epoch at the committed offset, or -1.
    pub committed_leader_epoch: i32,
    /// The offset at which the end of the partition was last reached.
    pub eof_offset: i64,
    /// The lowest offset on the broker.
    pub lo_offset: i64,
    /// The offset after the last message on the broker that is replicated.
    pub hi_offset: i64,
    /// The offset after the last message that belongs to no open transaction.
    pub ls_offset: i64,
    /// Messages from the committed offset to the end, or -1 if not known. The end is `hi_offset` with
    /// `isolation.level=read_uncommitted`, `ls_offset` otherwise.
    pub consumer_lag: i64,
    /// Messages from the stored offset to the end, or -1 if not known.
    pub consumer_lag_stored: i64,
    /// The leader's epoch, or -1 if not known.
    pub leader_epoch: i32,
    /// Total of messages sent.
    pub txmsgs: u64,
    /// Total of their bytes.
    pub txbytes: u64,
    /// Total of messages consumed; those that were ignored, because of their offset for example, do not count.
    pub rxmsgs: u64,
    /// Total of their bytes.
    pub rxbytes: u64,
    /// As `rxmsgs` for a consumer; for a producer the total of messages it was given, sent or not.
    pub msgs: u64,
    /// Total of messages dropped as outdated, after a seek or a rebalance.
    pub rx_ver_drops: u64,
    /// Messages on their way to the broker.
    pub msgs_inflight: u64,
    /// The sequence number that an idempotent producer expects to be acknowledged next.
    pub next_ack_seq: i32,
    /// The sequence number that an idempotent producer expects to fail next.
    pub next_err_seq: i32,
    /// librdkafka's id of the message that an idempotent producer had acknowledged last.
    pub acked_msgid: u64,
}

impl Partition {
    /// Returns how many messages there are from the committed offset to the end, if it is known.
    pub fn lag(&self) -> Option<u64> {
        u64::try_from(self.consumer_lag).ok()
    }
}

impl Default for Partition {
    fn default() -> Self {
        Self {
            partition: -1,
            broker: -1,
            leader: -1,
            desired: false,
            unknown: false,
            msgq_cnt: 0,
            msgq_bytes: 0,
            xmit_msgq_cnt: 0,
            xmit_msgq_bytes: 0,
            fetchq_cnt: 0,
            fetchq_size: 0,
            fetch_state: String::new(),
            query_offset: INVALID,
            next_offset: INVALID,
            app_offset: INVALID,
            stored_offset: INVALID,
            stored_leader_epoch: -1,
            committed_offset: INVALID,
            committed_leader_epoch: -1,
            eof_offset: INVALID,
            lo_offset: INVALID,
            hi_offset: INVALID,
            ls_offset: INVALID,
            consumer_lag: -1,
            consumer_lag_stored: -1,
            leader_epoch: -1,
            txmsgs: 0,
            txbytes: 0,
            rxmsgs: 0,
            rxbytes: 0,
            msgs: 0,
            rx_ver_drops: 0,
            msgs_inflight: 0,
            next_ack_seq: 0,
            next_err_seq: 0,
            acked_msgid: 0,
        }
    }
}
