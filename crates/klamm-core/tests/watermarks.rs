//! The ends of a log, asked for and remembered.

use std::time::{Duration, Instant};

use klamm_core::{
    ErrorCode, PartitionOffset, Start, TopicPartition, Watermarks,
    native::{Client, EventQueue},
};
use klamm_testing::MockCluster;

const WITHIN: Duration = Duration::from_secs(10);

fn orders(partition: i32) -> TopicPartition {
    TopicPartition::new("orders", partition)
}

/// Reads the consumer's queue until what is remembered of a partition is `expected`.
fn wait_until(client: &Client, queue: &mut EventQueue, partition: &TopicPartition, expected: Watermarks) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while client.cached_watermarks(partition) != Some(expected) {
        assert!(Instant::now() < deadline, "{:?}", client.cached_watermarks(partition));
        queue.poll(Some(Duration::from_millis(10)));
    }
}

#[test]
fn the_ends_of_a_log_are_remembered_from_the_last_fetch() {
    let cluster = MockCluster::start(1).unwrap();
    cluster.create_topic("orders", 3).unwrap();
    cluster.seed("orders", 3, 30, 10).unwrap();
    let client = Client::consumer(&cluster.consumer_config("group")).unwrap();
    let mut queue = EventQueue::of_consumer(&client).unwrap();
    assert_eq!(client.cached_watermarks(&orders(0)), None);
    let ten = Watermarks { low: 0, high: 10 };
    assert_eq!(client.watermarks(&orders(0), WITHIN).unwrap(), ten);
    assert_eq!(client.cached_watermarks(&orders(0)), None, "an answer is not a fetch");

    let started = [0, 1].map(|partition| PartitionOffset::from_start(orders(partition), Start::Earliest));
    client.assign(&started).unwrap();
    wait_until(&client, &mut queue, &orders(0), ten);
    wait_until(&client, &mut queue, &orders(1), ten);
    cluster.seed("orders", 1, 5, 10).unwrap();
    wait_until(&client, &mut queue, &orders(0), Watermarks { low: 0, high: 15 });
    assert_eq!(client.cached_watermarks(&orders(1)), Some(ten));
    assert_eq!(client.cached_watermarks(&orders(2)), None, "not assigned");
    client.unassign().unwrap();
    assert_eq!(client.cached_watermarks(&orders(1)), Some(ten), "as old as the last fetch");
}

#[test]
fn what_is_no_partition_has_no_ends() {
    let cluster = MockCluster::start(1).unwrap();
    cluster.create_topic("orders", 1).unwrap();
    let client = Client::consumer(&cluster.consumer_config("group")).unwrap();
    for partition in
        [TopicPartition::new("a\0b", 0), TopicPartition::new("", 0), orders(-1), orders(i32::MIN)]
    {
        let error = client.watermarks(&partition, WITHIN).unwrap_err();
        assert_eq!(error.code(), Some(ErrorCode::INVALID_ARGUMENT), "{partition:?}");
        assert_eq!(client.cached_watermarks(&partition), None, "{partition:?}");
    }
    let error = client.watermarks(&orders(7), WITHIN).unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::UNKNOWN_PARTITION));
    let long = TopicPartition::new("x".repeat(513), 0);
    assert_eq!(client.cached_watermarks(&long), None);
}
