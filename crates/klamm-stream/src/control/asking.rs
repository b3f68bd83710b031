//! What the group has committed, asked for on another thread and until it answers.

use std::{mem, sync::Arc, thread, time::Duration};

use klamm_core::{Error, PartitionOffset, Position, TopicPartition};

use super::Request;
use crate::{
    partition::{Partition, Phase},
    shared::Shared,
};

/// How long after a failure it is asked again.
const AGAIN: Duration = Duration::from_millis(500);

/// Asks the group, on another thread, what it has committed of partitions, until it has answered for all that are still
/// assigned. It waits for open transactions (`rd_kafka_committed`). The control thread is sent what `found` makes of an answer.
pub(super) fn ask_committed(
    shared: &Arc<Shared>,
    mut partitions: Vec<Arc<Partition>>,
    found: impl Fn(&Partition, Option<Position>) -> Request + Send + 'static,
) {
    let shared = Arc::clone(shared);
    let ask = move || {
        loop {
            partitions.retain(|partition| partition.phase() == Phase::Active);
            if partitions.is_empty() || shared.requests.is_over() {
                return;
            }
            match committed(&shared, &partitions) {
                Ok(entries) => {
                    for (partition, entry) in mem::take(&mut partitions).into_iter().zip(entries) {
                        if entry.error.is_some() {
                            partitions.push(partition);
                        } else {
                            shared.requests.send(found(&partition, entry.position()));
                        }
                    }
                }
                Err(error) => {
                    tracing::warn!(target: "klamm", %error, "what is committed is asked for again");
                }
            }
            if !partitions.is_empty() {
                thread::sleep(AGAIN);
            }
        }
    };
    blocking::unblock(ask).detach();
}

/// Returns what the group has committed of partitions, in their order.
fn committed(shared: &Shared, partitions: &[Arc<Partition>]) -> Result<Vec<PartitionOffset>, Error> {
    let names: Vec<_> = partitions.iter().map(|partition| partition.name.clone()).collect();
    let found = shared.client.committed(&names, shared.request_timeout)?;
    let of = |name: &TopicPartition| found.iter().find(|entry| entry.partition == *name).cloned();
    Ok(names.iter().map(|name| of(name).unwrap_or_else(|| PartitionOffset::unset(name.clone()))).collect())
}
