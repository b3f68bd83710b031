//! The fixture itself.

use klamm_testing::MockCluster;

#[test]
fn the_fixture_may_cross_threads() {
    fn check<T: Send + Sync>() {}
    check::<MockCluster>();
}

#[test]
fn seeded_records_are_in_the_log() {
    let cluster = MockCluster::start(3).unwrap();
    cluster.create_topic("orders", 4).unwrap();
    cluster.seed("orders", 4, 10_000, 100).unwrap();
    assert_eq!(cluster.end_offsets("orders", 4).unwrap(), [2_500; 4]);
    assert_eq!(cluster.committed("nobody", "orders", 4).unwrap(), [None; 4]);
}

#[test]
fn a_cluster_of_none_is_refused() {
    let error = MockCluster::start(0).unwrap_err();
    assert_eq!(error.code(), Some(klamm_core::ErrorCode::INVALID_ARGUMENT));
}
