//! A consumer that does what its group says, and notes what it hears.
#![allow(dead_code, reason = "each test takes what it needs")]

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use klamm_core::{
    Config, ErrorCode, TopicPartition,
    native::{Client, ClientEvent, CommitToken, Event, EventQueue, RebalanceKind, RebalanceProtocol},
};

pub(crate) const WITHIN: Duration = Duration::from_secs(10);

/// Names a partition of the topic that the tests use.
pub(crate) fn orders(partition: i32) -> TopicPartition {
    TopicPartition::new("orders", partition)
}

/// A consumer, what is assigned to it, and what it heard.
pub(crate) struct Member {
    pub(crate) client: Client,
    pub(crate) queue: EventQueue,
    pub(crate) assigned: BTreeSet<TopicPartition>,
    pub(crate) errors: Vec<ClientEvent>,
    pub(crate) commits: Vec<(CommitToken, Option<ErrorCode>)>,
}

impl Member {
    pub(crate) fn start(config: &Config) -> Self {
        let client = Client::consumer(config).unwrap();
        let queue = EventQueue::of_consumer(&client).unwrap();
        Self { client, queue, assigned: BTreeSet::new(), errors: Vec::new(), commits: Vec::new() }
    }

    /// The numbers of the partitions that it has.
    pub(crate) fn has(&self) -> Vec<i32> {
        self.assigned.iter().map(|partition| partition.partition).collect()
    }

    /// Tells whether it heard of an error.
    pub(crate) fn heard(&self, code: ErrorCode) -> bool {
        self.errors.iter().any(|error| error.code == code)
    }

    /// Reads what comes next, if it comes soon, and does as it is told.
    pub(crate) fn step(&mut self) {
        match self.queue.poll(Some(Duration::from_millis(10))) {
            Some(Event::Rebalance(event)) => {
                let is_cooperative = self.client.rebalance_protocol() == RebalanceProtocol::Cooperative;
                let partitions = event.partitions.as_slice();
                let named = partitions.iter().map(|entry| entry.partition.clone());
                match (event.kind, is_cooperative) {
                    (RebalanceKind::Assign, false) => self.client.assign(partitions),
                    (RebalanceKind::Assign, true) => self.client.incremental_assign(partitions),
                    (RebalanceKind::Revoke, true) => self.client.incremental_unassign(partitions),
                    (RebalanceKind::Revoke, false) | (RebalanceKind::Failed(_), _) => self.client.unassign(),
                }
                .unwrap();
                match event.kind {
                    RebalanceKind::Assign => self.assigned.extend(named),
                    RebalanceKind::Revoke => named.for_each(|partition| {
                        self.assigned.remove(&partition);
                    }),
                    RebalanceKind::Failed(_) => self.assigned.clear(),
                }
            }
            Some(Event::Error(error)) => self.errors.push(error),
            Some(Event::Commit { token, error, .. }) => self.commits.push((token, error)),
            _ => {}
        }
    }
}

/// Lets these members go on until something holds of them.
pub(crate) fn until<const N: usize>(
    what: &str,
    mut members: [&mut Member; N],
    holds: impl Fn([&Member; N]) -> bool,
) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !holds(members.each_ref().map(|member| &**member)) {
        assert!(
            Instant::now() < deadline,
            "not {what}: {:?}",
            members.each_ref().map(|it| (it.has(), it.errors.clone(), it.commits.clone()))
        );
        for member in &mut members {
            member.step();
        }
    }
}
