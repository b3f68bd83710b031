//! Partitions that the user names, without a group to assign them.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use klamm_core::{
    Error, ErrorCode, ErrorKind, Offset, PartitionOffset, Start, TopicPartition, TopicPartitionList,
    native::Client,
};

use super::{Request, thread::Control};
use crate::shared::Shared;

/// How long after a failure it is tried again.
const AGAIN: Duration = Duration::from_millis(500);

/// What the user wants to read.
#[derive(Clone, Debug)]
pub(crate) enum Wanted {
    /// Every partition that the topic has.
    Topic { topic: Arc<str>, start: Start },
    /// These.
    Partitions(TopicPartitionList),
}

/// Partitions that are to be read as soon as it is known which, and from where.
pub(super) struct Assigning {
    wanted: Wanted,
    /// When to ask again; nothing while it is being asked.
    again: Option<Instant>,
    /// What was reported last: the same is not said twice.
    reported: Option<ErrorCode>,
}

impl Assigning {
    pub(super) fn new(wanted: Wanted, now: Instant) -> Self {
        Self { wanted, again: Some(now), reported: None }
    }

    pub(super) fn next(&self) -> Option<Instant> {
        self.again
    }
}

impl Control {
    /// Finds out, on another thread, what is to be read.
    pub(super) fn advance_assigning(&mut self, now: Instant) {
        if self.closing.is_some() {
            self.assigning = None;
        }
        let Some(assigning) = &mut self.assigning else { return };
        if assigning.again.take_if(|again| *again <= now).is_none() {
            return;
        }
        let (wanted, shared) = (assigning.wanted.clone(), Arc::clone(&self.shared));
        let find = move || {
            let located = locate(&shared.client, &wanted, shared.request_timeout);
            shared.requests.send(Request::Located(located));
        };
        blocking::unblock(find).detach();
    }

    /// Reads what was found, or tries again later.
    pub(super) fn located(&mut self, located: Result<TopicPartitionList, Error>) {
        let Some(assigning) = &mut self.assigning else { return };
        match located {
            Ok(list) => {
                self.assigning = None;
                self.assign(list);
            }
            Err(error) => {
                tracing::warn!(target: "klamm", %error, "the partitions to be read are not known yet");
                let code = error.code();
                if assigning.reported != code {
                    assigning.reported = code;
                    report(&self.shared, error);
                }
                assigning.again = Some(Instant::now() + AGAIN);
            }
        }
    }
}

/// What passes is an event, and what does not an item.
fn report(shared: &Shared, error: Error) {
    if error.is_retriable() {
        shared.events.tell(|| crate::ConsumerEvent::Error(error));
    } else {
        shared.post(error);
    }
}

/// Asks the brokers for the partitions of a topic, and for the offsets of times.
fn locate(client: &Client, wanted: &Wanted, timeout: Duration) -> Result<TopicPartitionList, Error> {
    let mut list = match wanted {
        Wanted::Topic { topic, start } => {
            let partitions = partitions(client, topic, timeout)?;
            partitions.map(|partition| PartitionOffset::from_start(partition, *start)).collect()
        }
        Wanted::Partitions(list) => list.clone(),
    };
    let is_time = |entry: &&PartitionOffset| matches!(entry.offset, Offset::From(Start::Timestamp(_)));
    let times: TopicPartitionList = list.iter().filter(is_time).cloned().collect();
    let found = client.offsets_for_times(times.as_slice(), timeout)?;
    for entry in found {
        if let Some(code) = entry.error {
            let offset = -1;
            let reason = code.text();
            return Err(ErrorKind::Partition { partition: entry.partition, offset, code, reason }.into());
        }
        let TopicPartition { topic, partition } = &entry.partition;
        if let Some(known) = list.get_mut(topic, *partition) {
            known.offset = entry.offset;
        }
    }
    Ok(list)
}

/// Returns the partitions that a topic has.
fn partitions(
    client: &Client,
    topic: &Arc<str>,
    timeout: Duration,
) -> Result<impl Iterator<Item = TopicPartition>, Error> {
    let metadata = client.metadata(Some(topic), timeout)?;
    let found = metadata.topics.into_iter().find(|it| it.name == *topic);
    let code = match &found {
        Some(found) => found.error,
        None => Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
    };
    if let Some(code) = code {
        let topic = Arc::clone(topic);
        return Err(ErrorKind::Topic { topic, code, reason: code.text() }.into());
    }
    let topic = Arc::clone(topic);
    let partitions = found.map(|found| found.partitions).unwrap_or_default();
    Ok(partitions.into_iter().map(move |it| TopicPartition::new(Arc::clone(&topic), it.partition)))
}
