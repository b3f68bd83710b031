//! What the mock gives to two members at once.
//!
//! Before it hands a partition on, its consumer protocol compares how many partitions the owner has with how many it was told to
//! have, and not which (`rd_kafka_mock_cgrp_consumer_member_next_assignment_can_bump_epoch`, 2.12.1). When assignments follow
//! each other quickly it may hand one on whose owner still holds the revoke. A broker does not: on Kafka the rolling restarts
//! repeat nothing.

use std::collections::{HashMap, HashSet};

use klamm_core::{Epoch, TopicPartition};
use klamm_testing::history::{Entry, Happened};

/// Returns what happened, without the partitions of which somebody was assigned while another still held or handled them.
pub(crate) fn with_one_owner(entries: &[Entry]) -> Vec<Entry> {
    let partitions: HashMap<Epoch, &TopicPartition> = entries.iter().flat_map(assigned).collect();
    let shared = shared(entries, &partitions);
    let has_one = |partition: &TopicPartition| !shared.contains(partition);
    let is_kept = |epoch: &Epoch| partitions.get(epoch).is_none_or(|partition| has_one(partition));
    let mut kept = entries.to_vec();
    kept.retain_mut(|entry| match &mut entry.what {
        Happened::Delivered(record)
        | Happened::Started { record, .. }
        | Happened::Finished { record, .. } => has_one(&record.partition),
        Happened::Asked(positions) => {
            positions.retain(|(epoch, _)| is_kept(epoch));
            true
        }
        Happened::Answered(answers) => {
            answers.retain(|(epoch, _)| is_kept(epoch));
            true
        }
        Happened::Committed { partition, .. } => has_one(partition),
        _ => true,
    });
    kept
}

fn assigned(entry: &Entry) -> impl Iterator<Item = (Epoch, &TopicPartition)> {
    let assigned = if let Happened::Assigned(assigned) = &entry.what { &assigned[..] } else { &[] };
    assigned.iter().map(|it| (it.epoch, &it.partition))
}

/// Finds the partitions that an owner held, or started messages of, after another member was assigned them.
fn shared<'e>(
    entries: &'e [Entry],
    partitions: &HashMap<Epoch, &'e TopicPartition>,
) -> HashSet<&'e TopicPartition> {
    let (mut last, mut shared) = (HashMap::new(), HashSet::new());
    for entry in entries {
        for (epoch, partition) in assigned(entry) {
            // A pipeline that begins anew is told again what its member has.
            let newest = last.entry(partition).or_insert(epoch);
            *newest = (*newest).max(epoch);
        }
        let held = match &entry.what {
            Happened::Released { epochs } => &epochs[..],
            Happened::Started { record, .. } => std::slice::from_ref(&record.epoch),
            _ => &[],
        };
        let is_late = |epoch: &&Epoch| {
            partitions
                .get(*epoch)
                .is_some_and(|partition| last.get(partition).is_some_and(|last| last != *epoch))
        };
        shared.extend(held.iter().filter(is_late).map(|epoch| partitions[epoch]));
    }
    shared
}
