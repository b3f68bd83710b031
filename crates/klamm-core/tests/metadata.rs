//! What a cluster says of itself, and what a client says of a cluster that does not answer.

use std::time::{Duration, Instant};

use klamm_core::{Error, ErrorCode, Metadata, metadata::TopicMetadata, native::Client};
use klamm_testing::MockCluster;

const WITHIN: Duration = Duration::from_secs(10);

fn consumer(cluster: &MockCluster) -> Client {
    Client::consumer(&cluster.config().group_id("group")).unwrap()
}

/// The topic that was asked for, alone.
fn only(metadata: Result<Metadata, Error>) -> TopicMetadata {
    let mut topics = metadata.unwrap().topics;
    assert_eq!(topics.len(), 1, "{topics:?}");
    topics.remove(0)
}

#[test]
fn brokers_topics_and_partitions_are_told() {
    let cluster = MockCluster::start(3).unwrap();
    cluster.create_topic("orders", 4).unwrap();
    cluster.create_topic("refunds", 1).unwrap();
    let metadata = consumer(&cluster).metadata(None, WITHIN).unwrap();

    let ids: Vec<_> = metadata.brokers.iter().map(|broker| broker.id).collect();
    assert_eq!(ids, [1, 2, 3]);
    let addresses: Vec<_> =
        metadata.brokers.iter().map(|broker| format!("{}:{}", broker.host, broker.port)).collect();
    assert_eq!(addresses.join(","), cluster.bootstrap_servers());
    // The mock cluster has no broker 0, and names it all the same.
    assert_eq!(metadata.controller, Some(0));

    assert_eq!(metadata.topics.len(), 2);
    assert_eq!(metadata.topic("refunds").unwrap().partitions.len(), 1);
    assert_eq!(metadata.topic("returns"), None);
    let orders = metadata.topic("orders").unwrap();
    assert_eq!(orders.error, None);
    let numbers: Vec<_> = orders.partitions.iter().map(|partition| partition.partition).collect();
    assert_eq!(numbers, [0, 1, 2, 3]);
    for partition in &orders.partitions {
        assert_eq!(partition.error, None);
        assert!(partition.replicas.contains(&partition.leader.unwrap()), "{partition:?}");
        for mut brokers in [partition.replicas.clone(), partition.in_sync.clone()] {
            brokers.sort_unstable();
            assert_eq!(brokers, [1, 2, 3]);
        }
    }
}

#[test]
fn a_topic_is_told_alone_with_its_leaders_of_now() {
    let cluster = MockCluster::start(3).unwrap();
    cluster.create_topic("orders", 2).unwrap();
    cluster.create_topic("refunds", 1).unwrap();
    let client = consumer(&cluster);
    for leaders in [[1, 3], [2, 1]] {
        for (partition, leader) in (0..).zip(leaders) {
            cluster.set_leader("orders", partition, leader).unwrap();
        }
        let orders = only(client.metadata(Some("orders"), WITHIN));
        assert_eq!(&*orders.name, "orders");
        let told: Vec<_> = orders.partitions.iter().map(|partition| partition.leader).collect();
        assert_eq!(told, leaders.map(Some));
    }
    cluster.set_leader("orders", 0, -1).unwrap();
    assert_eq!(only(client.metadata(Some("orders"), WITHIN)).partitions[0].leader, None);
}

#[test]
fn a_cluster_without_topics_has_brokers() {
    let cluster = MockCluster::start(2).unwrap();
    for client in [consumer(&cluster), Client::producer(&cluster.config()).unwrap()] {
        let metadata = client.metadata(None, WITHIN).unwrap();
        assert_eq!((metadata.brokers.len(), metadata.topics.len()), (2, 0));
    }
}

#[test]
fn a_topic_that_does_not_exist_is_an_answer() {
    let cluster = MockCluster::start(1).unwrap();
    let client = consumer(&cluster);
    let returns = only(client.metadata(Some("returns"), WITHIN));
    assert_eq!(&*returns.name, "returns");
    assert_eq!(returns.error, Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION));
    assert_eq!(returns.partitions, []);
    assert_eq!(client.metadata(None, WITHIN).unwrap().topics, []);
}

#[test]
fn a_client_that_creates_topics_creates_what_it_asks_for() {
    let cluster = MockCluster::start(1).unwrap();
    let producer = Client::producer(&cluster.config()).unwrap();
    assert_eq!(only(producer.metadata(Some("returns"), WITHIN)).error, None);
    assert_eq!(&*only(consumer(&cluster).metadata(None, WITHIN)).name, "returns");
    let cautious = Client::producer(&cluster.config().set("allow.auto.create.topics", false)).unwrap();
    let answer = only(cautious.metadata(Some("refunds"), WITHIN));
    assert_eq!(answer.error, Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION));
}

#[test]
fn what_cannot_be_a_topic_is_not_asked_for() {
    let cluster = MockCluster::start(1).unwrap();
    let client = consumer(&cluster);
    for name in ["", "a\0b", "\0", &"x".repeat(513)] {
        let error = client.metadata(Some(name), WITHIN).unwrap_err();
        assert_eq!(error.code(), Some(ErrorCode::INVALID_ARGUMENT), "{name:?}");
    }
    assert_eq!(&*only(client.metadata(Some("Straße 🦀"), WITHIN)).name, "Straße 🦀");
    assert_eq!(&*only(client.metadata(Some(&"x".repeat(512)), WITHIN)).name, "x".repeat(512));
}

/// Asks for everything, and for a topic, of a cluster that is silent, and expects to be told soon after `limit`.
fn check_silence(client: &Client, limit: Duration) {
    for topic in [None, Some("orders")] {
        let start = Instant::now();
        let error = client.metadata(topic, limit).unwrap_err();
        assert!(start.elapsed() < limit + Duration::from_secs(5), "{:?}", start.elapsed());
        assert!(matches!(error.code(), Some(ErrorCode::TRANSPORT | ErrorCode::TIMED_OUT)), "{error:?}");
    }
}

#[test]
fn a_cluster_that_is_down_is_an_error_in_time() {
    let cluster = MockCluster::start(2).unwrap();
    cluster.create_topic("orders", 1).unwrap();
    let connected = consumer(&cluster);
    connected.metadata(None, WITHIN).unwrap();
    cluster.go_down();
    for limit in [Duration::from_millis(300), Duration::ZERO] {
        check_silence(&connected, limit);
        check_silence(&consumer(&cluster), limit);
    }
    cluster.come_up();
    assert_eq!(only(connected.metadata(None, Duration::from_secs(30))).partitions.len(), 1);
}

#[test]
fn an_answer_that_is_late_is_not_waited_for() {
    let cluster = MockCluster::start(1).unwrap();
    let client = consumer(&cluster);
    client.metadata(None, WITHIN).unwrap();
    cluster.set_round_trip(Duration::from_secs(2));
    check_silence(&client, Duration::from_millis(200));
}
