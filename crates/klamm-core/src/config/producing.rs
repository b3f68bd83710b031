//! Setters for acknowledgements, batches, retries and transactions.

use std::time::Duration;

use super::{
    setter::setters,
    values::{Acks, Compression, Partitioner},
};

setters! {
    /// Sets whose confirmation a record waits for.
    acks(acks: Acks)
        "acks", "default `all`";

    /// Sets how record batches are compressed.
    compression(compression: Compression)
        "compression.type", "default `none`";

    /// Sets how hard to compress: 0 to 9 for gzip, 0 to 12 for LZ4, 0 for Snappy, -1 for the codec's own default.
    compression_level(level: i32)
        "compression.level", "default -1, from -1 to 12";

    /// Sets how a partition is chosen for a record that names none.
    partitioner(partitioner: Partitioner)
        "partitioner", "default `consistent_random`";

    /// Sets how long a record waits for others to be sent with.
    linger(time: Duration)
        "linger.ms", "default 5 ms, from 0 to 15 min";

    /// Sets how large a batch may be, in bytes.
    batch_size(bytes: u32)
        "batch.size", "default 1 000 000, from 1 to 2 147 483 647";

    /// Sets how many records a batch may hold.
    batch_num_messages(count: u32)
        "batch.num.messages", "default 10 000, from 1 to 1 000 000";

    /// Sets how large a request may be, in bytes.
    message_max_bytes(bytes: u32)
        "message.max.bytes", "default 1 000 000, from 1000 to 1 000 000 000";

    /// Sets how long a record may take to be delivered, retries included; zero is for ever.
    message_timeout(timeout: Duration)
        "message.timeout.ms", "default 5 min, from 0 to 24.8 days; what is longer counts as that";

    /// Sets how long the leader waits for the replicas that `acks` asks for.
    request_timeout(timeout: Duration)
        "request.timeout.ms", "default 30 s, from 1 ms to 15 min";

    /// Sets how often a record is sent again. Without idempotence this may change the order.
    retries(count: u32)
        "retries", "default 2 147 483 647, which is also the most";

    /// Sets how many requests may be on their way to one broker.
    max_in_flight(requests: u32)
        "max.in.flight.requests.per.connection", "default 1 000 000, from 1 to 1 000 000; with idempotence at most 5";

    /// Sets whether each record is written once and in order, whatever is retried.
    enable_idempotence(enabled: bool)
        "enable.idempotence", "default false";

    /// Sets the id that makes the producer transactional; an older producer with it is fenced.
    transactional_id(id: impl Into<String> => String)
        "transactional.id", "none by default";

    /// Sets after which time without news the coordinator aborts a transaction.
    transaction_timeout(timeout: Duration)
        "transaction.timeout.ms", "default 60 s, from 1 s to 24.8 days; what is longer counts as that";

    /// Sets how many records may wait for their delivery; zero is without limit.
    queue_buffering_max_messages(count: u32)
        "queue.buffering.max.messages", "default 100 000, from 0 to 2 147 483 647";

    /// Sets how much may wait for its delivery, in KiB.
    queue_buffering_max_kbytes(kibibytes: u32)
        "queue.buffering.max.kbytes", "default 1 048 576, from 1 to 2 147 483 647";
}
