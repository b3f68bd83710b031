//! Joining a group and leaving it, as a client does it by itself.

use std::time::{Duration, Instant};

use klamm_core::{
    Config, ErrorCode, GroupMetadata,
    native::{Client, Event, EventQueue, Rebalance, RebalanceKind, RebalanceProtocol},
};
use klamm_testing::MockCluster;

/// A consumer, and what it hears.
struct Member {
    client: Client,
    queue: EventQueue,
}

impl Member {
    fn start(config: &Config) -> Self {
        let client = Client::consumer(config).unwrap();
        let queue = EventQueue::of_consumer(&client).unwrap();
        Self { client, queue }
    }

    /// Reads on, answering rebalances, until one of this kind is answered; tells how many partitions it was about.
    fn rebalance(&mut self, kind: RebalanceKind) -> usize {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            assert!(Instant::now() < deadline, "no {kind:?}");
            let Some(Event::Rebalance(event)) = self.queue.poll(Some(Duration::from_millis(100))) else {
                continue;
            };
            self.answer(&event);
            if event.kind == kind {
                return event.partitions.len();
            }
        }
    }

    fn answer(&self, event: &Rebalance) {
        let partitions = event.partitions.as_slice();
        let is_cooperative = self.client.rebalance_protocol() == RebalanceProtocol::Cooperative;
        match (event.kind, is_cooperative) {
            (RebalanceKind::Assign, false) => self.client.assign(partitions),
            (RebalanceKind::Assign, true) => self.client.incremental_assign(partitions),
            (RebalanceKind::Revoke, true) => self.client.incremental_unassign(partitions),
            (RebalanceKind::Revoke, false) | (RebalanceKind::Failed(_), _) => self.client.unassign(),
        }
        .unwrap();
    }

    /// Leaves the group, for good.
    fn close(mut self) -> Client {
        self.client.close(&self.queue).unwrap();
        let deadline = Instant::now() + Duration::from_secs(30);
        while !self.client.is_closed() {
            assert!(Instant::now() < deadline, "not closed");
            if let Some(Event::Rebalance(event)) = self.queue.poll(Some(Duration::from_millis(10))) {
                self.answer(&event);
            }
        }
        self.client
    }
}

fn cluster() -> MockCluster {
    let cluster = MockCluster::start(1).unwrap();
    cluster.create_topic("orders", 4).unwrap();
    cluster
}

/// The settings of a member of a classic group, and of one of the new protocol.
fn both(cluster: &MockCluster, group: &str) -> [Config; 2] {
    [cluster.consumer_config(group), cluster.consumer_protocol_config(&format!("{group}-new"))]
}

#[test]
fn to_unsubscribe_is_to_be_revoked_and_to_subscribe_is_to_be_assigned_again() {
    let cluster = cluster();
    for config in both(&cluster, "group") {
        let mut member = Member::start(&config);
        member.client.unsubscribe().unwrap();
        for _ in 0..2 {
            member.client.subscribe(&["orders"]).unwrap();
            assert_eq!(member.rebalance(RebalanceKind::Assign), 4);
            member.client.unsubscribe().unwrap();
            assert_eq!(member.rebalance(RebalanceKind::Revoke), 4);
        }
        member.client.unsubscribe().unwrap();
    }
}

#[test]
fn a_member_knows_who_it_is_to_its_group() {
    let cluster = cluster();
    for (config, group) in both(&cluster, "group").into_iter().zip(["group", "group-new"]) {
        let mut member = Member::start(&config.set("group.instance.id", "till-3"));
        member.client.subscribe(&["orders"]).unwrap();
        assert_eq!(member.rebalance(RebalanceKind::Assign), 4);
        let first = member.client.group_metadata().unwrap();
        assert_eq!((first.group().as_str(), first.instance().as_deref()), (group, Some("till-3")));
        assert!(!first.member().is_empty());
        assert!(first.generation().is_some_and(|generation| generation > 0), "{first:?}");

        let client = member.close();
        assert_eq!(first.group(), group, "it is a copy");
        assert_eq!(client.group_metadata().unwrap_err().code(), Some(ErrorCode::UNKNOWN_GROUP));
        drop(client);
        let shown = format!("{first:?}");
        assert!(shown.contains(group) && shown.contains(&first.member()), "{shown}");
    }
}

#[test]
fn generations_rise_and_what_was_taken_before_stays() {
    let cluster = cluster();
    for config in both(&cluster, "group") {
        let mut member = Member::start(&config);
        member.client.subscribe(&["orders"]).unwrap();
        member.rebalance(RebalanceKind::Assign);
        let before = member.client.group_metadata().unwrap();
        let generation = before.generation();
        assert_eq!(before.instance(), None);

        let other = Member::start(&config);
        other.client.subscribe(&["orders"]).unwrap();
        member.rebalance(RebalanceKind::Revoke);
        let deadline = Instant::now() + Duration::from_secs(30);
        while member.client.group_metadata().unwrap().generation() <= generation {
            assert!(Instant::now() < deadline, "{:?}", member.client.group_metadata());
            if let Some(Event::Rebalance(event)) = member.queue.poll(Some(Duration::from_millis(10))) {
                member.answer(&event);
            }
        }
        assert_eq!(member.client.group_metadata().unwrap().member(), before.member());
        assert_eq!(before.generation(), generation);
    }
}

#[test]
fn before_it_joins_a_member_has_no_generation_that_counts() {
    let cluster = cluster();
    let [classic, _] = both(&cluster, "group");
    let metadata = Member::start(&classic).client.group_metadata().unwrap();
    assert_eq!((metadata.member().as_str(), metadata.generation()), ("", None));
}

#[test]
fn without_a_group_there_is_nothing_to_be_or_to_leave() {
    let cluster = cluster();
    let producer = Client::producer(&cluster.config()).unwrap();
    for error in [producer.group_metadata().unwrap_err(), producer.unsubscribe().unwrap_err()] {
        assert_eq!(error.code(), Some(ErrorCode::UNKNOWN_GROUP), "{error:?}");
    }
}

#[test]
fn who_a_member_is_may_cross_threads() {
    fn check<T: Send + Sync + 'static>() {}
    check::<GroupMetadata>();
}
