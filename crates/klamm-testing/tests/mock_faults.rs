//! What a test makes go wrong on the mock cluster goes wrong for a client.

mod common;

use common::{Member, WITHIN, orders, until};
use klamm_core::{
    ErrorCode, PartitionOffset, Position, Start, Watermarks,
    native::{Client, CommitToken},
};
use klamm_testing::{ApiKey, MockCluster};

/// Starts a cluster with ten records in one partition.
fn cluster(brokers: usize) -> MockCluster {
    let cluster = MockCluster::start(brokers).unwrap();
    cluster.create_topic("orders", 1).unwrap();
    cluster.seed("orders", 1, 10, 10).unwrap();
    cluster
}

/// Commits, and returns what went wrong.
fn commit(member: &mut Member, offset: i64) -> Option<ErrorCode> {
    let token = CommitToken::new(usize::try_from(offset).unwrap());
    let positions = [PartitionOffset::at(orders(0), Position::at(offset))];
    member.client.commit(&positions, &member.queue, token).unwrap();
    let answered = |member: &Member| member.commits.last().is_some_and(|commit| commit.0 == token);
    until("answered", [&mut *member], |[member]| answered(member));
    member.commits.last().unwrap().1
}

#[test]
fn requests_fail_with_the_codes_in_turn_and_then_no_more() {
    let cluster = cluster(1);
    let mut member = Member::start(&cluster.consumer_config("group"));
    let codes = [ErrorCode::TOPIC_AUTHORIZATION_FAILED, ErrorCode::OFFSET_METADATA_TOO_LARGE];
    cluster.push_request_errors(ApiKey::OFFSET_COMMIT, &codes);
    cluster.push_request_errors(ApiKey::OFFSET_COMMIT, &[ErrorCode::GROUP_AUTHORIZATION_FAILED]);
    cluster.push_request_errors(ApiKey::OFFSET_COMMIT, &[]);
    let answers = [1, 2, 3, 4].map(|offset| commit(&mut member, offset));
    assert_eq!(answers[..3], [codes[0], codes[1], ErrorCode::GROUP_AUTHORIZATION_FAILED].map(Some));
    assert_eq!(answers[3], None);
    assert_eq!(cluster.committed("group", "orders", 1).unwrap(), [Some(4)]);
}

#[test]
fn what_was_to_fail_can_be_taken_back() {
    let cluster = cluster(1);
    let mut member = Member::start(&cluster.consumer_config("group"));
    cluster.push_request_errors(ApiKey::OFFSET_COMMIT, &[ErrorCode::TOPIC_AUTHORIZATION_FAILED; 100]);
    assert_eq!(commit(&mut member, 1), Some(ErrorCode::TOPIC_AUTHORIZATION_FAILED));
    cluster.clear_request_errors(ApiKey::OFFSET_FETCH);
    assert_eq!(commit(&mut member, 2), Some(ErrorCode::TOPIC_AUTHORIZATION_FAILED), "another kind");
    cluster.clear_request_errors(ApiKey::OFFSET_COMMIT);
    assert_eq!(commit(&mut member, 3), None);
}

#[test]
fn a_broken_connection_is_heard_of_and_made_again() {
    let cluster = cluster(1);
    let mut member = Member::start(&cluster.consumer_config("group"));
    cluster.push_request_errors(ApiKey::FETCH, &[ErrorCode::TRANSPORT]);
    member.client.assign(&[PartitionOffset::from_start(orders(0), Start::Earliest)]).unwrap();
    let ends = Some(Watermarks { low: 0, high: 10 });
    until("disconnected", [&mut member], |[member]| {
        member.heard(ErrorCode::TRANSPORT) || member.heard(ErrorCode::ALL_BROKERS_DOWN)
    });
    until("reading", [&mut member], |[member]| member.client.cached_watermarks(&orders(0)) == ends);
}

#[test]
fn a_topics_error_is_told_until_it_is_over() {
    let cluster = cluster(1);
    let client = Client::consumer(&cluster.consumer_config("group")).unwrap();
    let told = |topic: &str| client.metadata(Some(topic), WITHIN).unwrap().topic(topic).unwrap().error;
    assert_eq!(told("orders"), None);
    for code in [ErrorCode::TOPIC_AUTHORIZATION_FAILED, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION] {
        cluster.set_topic_error("orders", code).unwrap();
        assert_eq!(told("orders"), Some(code));
    }
    cluster.set_topic_error("orders", None).unwrap();
    assert_eq!(told("orders"), None);
    cluster.set_topic_error("refunds", ErrorCode::INVALID_TOPIC_EXCEPTION).unwrap();
    assert_eq!(told("refunds"), Some(ErrorCode::INVALID_TOPIC_EXCEPTION), "created");
    for name in ["", "a\0b"] {
        let error = cluster.set_topic_error(name, None).unwrap_err();
        assert_eq!(error.code(), Some(ErrorCode::INVALID_ARGUMENT), "{name:?}");
    }
}

/// Starts a reader that does not look for another place to read from.
fn strict(cluster: &MockCluster) -> Member {
    Member::start(&cluster.consumer_config("group").set("auto.offset.reset", "error"))
}

/// Reads from an offset that the log does not have, and expects to be told so.
fn check_out_of_range(member: &mut Member, offset: i64) {
    member.errors.clear();
    member.client.assign(&[PartitionOffset::from_start(orders(0), Start::Offset(offset))]).unwrap();
    until("out of range", [&mut *member], |[member]| member.heard(ErrorCode::AUTO_OFFSET_RESET));
    let error = member.errors.iter().find(|error| error.code == ErrorCode::AUTO_OFFSET_RESET).unwrap();
    assert_eq!(error.partition.as_ref().map(|(partition, _)| partition), Some(&orders(0)));
}

#[test]
fn offsets_before_and_after_the_log_are_out_of_range() {
    let cluster = cluster(1);
    cluster.seed("orders", 1, 8, 1_000_000).unwrap();
    let mut member = strict(&cluster);
    let ends = member.client.watermarks(&orders(0), WITHIN).unwrap();
    assert_eq!(ends.high, 18);
    assert!((10..18).contains(&ends.low), "the oldest of more than 5 MiB are gone: {ends:?}");
    check_out_of_range(&mut member, 0);
    check_out_of_range(&mut member, 1_000);
}

#[test]
fn a_follower_is_read_from_and_has_ends_of_its_own() {
    let cluster = cluster(2);
    cluster.set_leader("orders", 0, 1).unwrap();
    cluster.set_follower("orders", 0, 2).unwrap();
    cluster.set_follower_watermarks("orders", 0, 5, None).unwrap();
    let mut member = strict(&cluster);
    member.client.assign(&[PartitionOffset::from_start(orders(0), Start::Offset(6))]).unwrap();
    let of_follower = Some(Watermarks { low: 5, high: 10 });
    until("reading from the follower", [&mut member], |[member]| {
        member.client.cached_watermarks(&orders(0)) == of_follower
    });
    let of_leader = Watermarks { low: 0, high: 10 };
    assert_eq!(member.client.watermarks(&orders(0), WITHIN).unwrap(), of_leader);
    check_out_of_range(&mut member, 4);

    cluster.set_follower_watermarks("orders", 0, None, None).unwrap();
    cluster.set_follower("orders", 0, None).unwrap();
    member.client.assign(&[PartitionOffset::from_start(orders(0), Start::Offset(4))]).unwrap();
    until("reading from the start", [&mut member], |[member]| {
        member.client.cached_watermarks(&orders(0)) == Some(of_leader)
    });
    for error in [
        cluster.set_follower("orders", 7, 1).unwrap_err(),
        cluster.set_follower_watermarks("orders", 7, 0, 0).unwrap_err(),
    ] {
        assert_eq!(error.code(), Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION));
    }
}
