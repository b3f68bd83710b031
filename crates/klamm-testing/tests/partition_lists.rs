//! Lists of partitions, as a client takes and answers them.

use std::time::Duration;

use klamm_core::{
    Error, ErrorCode, PartitionOffset, Position, Start, TopicPartition, native::Client, partitions::Offset,
};
use klamm_testing::MockCluster;

const WITHIN: Duration = Duration::from_secs(10);

fn orders(partition: i32) -> TopicPartition {
    TopicPartition::new("orders", partition)
}

#[test]
fn a_time_after_all_messages_is_the_end_of_the_log() {
    let cluster = MockCluster::start(1).unwrap();
    cluster.create_topic("orders", 2).unwrap();
    cluster.seed("orders", 2, 10, 10).unwrap();
    let client = Client::consumer(&cluster.consumer_config("group")).unwrap();
    // The mock cluster keeps no timestamps: it answers every time so.
    let asked = [0, 1].map(|n| PartitionOffset::from_start(orders(n), Start::Timestamp(1)));
    let answer = client.offsets_for_times(&asked, WITHIN).unwrap();
    assert_eq!(answer.first_error(), None);
    let offsets: Vec<_> = answer.iter().map(|entry| entry.offset).collect();
    assert_eq!(offsets, [Offset::From(Start::Latest); 2]);
    client.assign(answer.as_slice()).unwrap();
    assert!(client.offsets_for_times(&[], WITHIN).unwrap().is_empty());
}

#[test]
fn what_cannot_be_a_list_is_an_error_and_not_sent() {
    let client = Client::consumer(&MockCluster::start(1).unwrap().consumer_config("group")).unwrap();
    let check = |result: Result<(), Error>| {
        assert_eq!(result.unwrap_err().code(), Some(ErrorCode::INVALID_ARGUMENT));
    };
    for partition in [TopicPartition::new("", 0), TopicPartition::new("a\0b", 0), orders(-1)] {
        check(client.assign(&[partition.clone().into()]));
        check(client.incremental_assign(&[partition.clone().into()]));
        check(client.committed(&[partition], WITHIN).map(drop));
    }
    for start in [Start::Offset(-1), Start::Offset(i64::MAX), Start::Tail(u64::MAX), Start::Timestamp(1)] {
        check(client.assign(&[PartitionOffset::from_start(orders(0), start)]));
    }
    check(client.seek(&[PartitionOffset::at(orders(0), Position::at(-1001))], WITHIN));
    check(client.offsets_for_times(&[orders(0).into()], WITHIN).map(drop));
    check(client.assign(&[orders(0).into(), orders(0).into()]));
}
