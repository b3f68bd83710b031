//! A seek of a partition that librdkafka may not have begun to fetch.

use std::{
    slice, thread,
    time::{Duration, Instant},
};

use klamm_core::{Error, ErrorCode, PartitionOffset, native::Client};

/// How long librdkafka's main thread may take to accept a seek.
pub(super) const SEEK_WITHIN: Duration = Duration::from_secs(1);
/// How long to rest before a partition is sought again that librdkafka has not begun to fetch.
const AGAIN: Duration = Duration::from_millis(5);

/// Seeks, once librdkafka has begun to fetch the partition: that takes a moment after it was assigned, and longer while the
/// group's offsets are being fetched, and a seek is refused until then (`rd_kafka_toppar_seek`).
pub(super) fn seek_begun(client: &Client, entry: &PartitionOffset) -> Result<(), Error> {
    let until = Instant::now() + SEEK_WITHIN;
    loop {
        // Each call waits for its answer: one that does not says that all is well.
        match client.seek(slice::from_ref(entry), SEEK_WITHIN) {
            Err(error) if error.code() == Some(ErrorCode::STATE) && Instant::now() < until => {
                thread::sleep(AGAIN);
            }
            answer => return answer,
        }
    }
}
