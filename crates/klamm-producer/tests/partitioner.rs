//! Who chooses the partition.

mod common;

use common::{in_time, producer};
use klamm_core::{Config, ConfigError, ErrorCode, ErrorKind, config::Partitioner};
use klamm_producer::{Producer, Record};
use klamm_testing::MockCluster;

const PARTITIONS: usize = 5;

fn cluster() -> MockCluster {
    let cluster = MockCluster::start(1).unwrap();
    cluster.create_topic("orders", PARTITIONS).unwrap();
    cluster
}

fn record(key: &'static str) -> Record {
    Record::to("orders").key(key).payload("p")
}

/// Chooses by the key's first byte; the last partition without a key.
fn by_first_byte(key: Option<&[u8]>, partitions: i32) -> i32 {
    key.map_or(partitions - 1, |key| key.first().map_or(0, |byte| i32::from(*byte - b'0')))
}

#[tokio::test]
async fn a_closure_chooses_for_every_record_that_names_no_partition() {
    let cluster = cluster();
    let producer = Producer::builder(cluster.config()).partitioner(by_first_byte).start().unwrap();
    // Twice: for records that are sent before the topic is known librdkafka asks on a thread of its own.
    for round in 0..2 {
        let records = ["0", "1", "3", ""].map(record);
        let keyless = Record::to("orders").payload("p");
        let named = record("1").partition(2);
        let records = records.into_iter().chain([keyless, named]);
        let mut partitions = Vec::new();
        for delivery in producer.send_all(records) {
            partitions.push(in_time(delivery).await.unwrap().partition);
        }
        assert_eq!(partitions, [0, 1, 3, 0, 4, 2], "round {round}");
    }
}

#[tokio::test]
async fn a_closure_that_chooses_no_partition_or_panics_fails_the_record() {
    let cluster = cluster();
    let choose = |key: Option<&[u8]>, partitions: i32| match key {
        Some(b"above") => partitions,
        Some(b"below") => -1,
        Some(b"far") => i32::MIN,
        Some(b"panic") => panic!("on purpose"),
        _ => 1,
    };
    let producer = Producer::builder(cluster.config()).partitioner(choose).start().unwrap();
    for round in 0..2 {
        for key in ["above", "below", "far", "panic"] {
            let error = in_time(producer.send(record(key))).await.unwrap_err();
            assert_eq!(error.code(), Some(ErrorCode::UNKNOWN_PARTITION), "round {round}: {key}: {error:?}");
            assert_eq!(error.into_record(), record(key));
        }
        assert_eq!(in_time(producer.send(record("fine"))).await.unwrap().partition, 1);
    }
}

#[tokio::test]
async fn a_closure_is_let_go_of_with_the_producer() {
    let cluster = cluster();
    let alive = std::sync::Arc::new(());
    let held = std::sync::Arc::clone(&alive);
    let choose =
        move |_: Option<&[u8]>, _: i32| i32::try_from(std::sync::Arc::strong_count(&held)).unwrap() - 2;
    let producer = Producer::builder(cluster.config()).partitioner(choose).start().unwrap();
    assert_eq!(in_time(producer.send(record("k"))).await.unwrap().partition, 0);
    let _ = in_time(producer.close(common::WITHIN)).await;
    drop(producer);
    common::until("the closure is dropped", || std::sync::Arc::strong_count(&alive) == 1).await;
}

#[tokio::test]
async fn a_named_partitioner_is_librdkafkas() {
    let cluster = cluster();
    let mut chosen = Vec::new();
    for partitioner in [Partitioner::Consistent, Partitioner::Murmur2, Partitioner::Fnv1a] {
        let producer = producer(cluster.config().partitioner(partitioner));
        let mut partitions = Vec::new();
        for key in ["a", "b", "c", "d", "e", "f", "g", "h"] {
            partitions.push(in_time(producer.send(record(key))).await.unwrap().partition);
        }
        chosen.push(partitions);
    }
    // Kafka's own clients: `Utils.toPositive(Utils.murmur2(key)) % 5`.
    let murmur2 = [4, 1, 4, 3, 4, 0, 3, 0];
    assert_eq!(chosen[1], murmur2);
    assert!(chosen[0] != chosen[1] && chosen[1] != chosen[2] && chosen[0] != chosen[2], "{chosen:?}");
}

#[test]
fn a_closure_beside_another_choice_is_refused_by_name() {
    for key in ["partitioner", "sticky.partitioning.linger.ms"] {
        let value = if key == "partitioner" { "random" } else { "10" };
        let config = Config::new().set(key, value);
        let error = Producer::builder(config).partitioner(by_first_byte).start().unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Config(ConfigError::Refused { key: refused, .. }) if *refused == key),
            "{error}"
        );
    }
}
