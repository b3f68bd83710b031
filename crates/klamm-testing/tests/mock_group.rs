//! A group on the mock cluster does as the test says.

mod common;

use std::time::{Duration, Instant};

use common::{Member, WITHIN, orders, until};
use klamm_core::ErrorCode;
use klamm_testing::MockCluster;

fn cluster() -> MockCluster {
    let cluster = MockCluster::start(2).unwrap();
    cluster.create_topic("orders", 4).unwrap();
    cluster
}

/// Starts a member of the group, of the new protocol, that wants the topic.
fn join(cluster: &MockCluster) -> Member {
    let member = Member::start(&cluster.consumer_protocol_config("group"));
    member.client.subscribe(&["orders"]).unwrap();
    member
}

fn name(member: &Member) -> String {
    member.client.group_metadata().unwrap().member()
}

#[test]
fn partitions_go_where_the_test_says() {
    let cluster = cluster();
    let (mut a, mut b) = (join(&cluster), join(&cluster));
    until("shared", [&mut a, &mut b], |[a, b]| (a.has().len(), b.has().len()) == (2, 2));
    let all = [0, 1, 2, 3].map(orders);
    let mut say = |to_a: &[i32], to_b: &[i32]| {
        let pick = |numbers: &[i32]| numbers.iter().map(|number| orders(*number)).collect::<Vec<_>>();
        cluster
            .set_target_assignment("group", &[(&name(&a), &pick(to_a)), (&name(&b), &pick(to_b))])
            .unwrap();
        until("as said", [&mut a, &mut b], |[a, b]| (a.has(), b.has()) == (to_a.to_vec(), to_b.to_vec()));
    };
    say(&[0, 1, 2, 3], &[]);
    say(&[], &[0, 1, 2, 3]);
    say(&[3], &[0, 1, 2]);
    say(&[0, 2], &[1, 3]);

    let mut late = join(&cluster);
    until("joined", [&mut late], |[late]| late.client.group_metadata().unwrap().generation().is_some());
    assert_eq!((a.has(), b.has(), late.has()), (vec![0, 2], vec![1, 3], vec![]));
    cluster.set_target_assignment("group", &[(&name(&a), &[]), (&name(&late), &all[..1])]).unwrap();
    until("moved", [&mut a, &mut b, &mut late], |[a, b, late]| {
        (a.has(), b.has(), late.has()) == (vec![], vec![1, 3], vec![0])
    });
    cluster.clear_target_assignment("group").unwrap();
    until("shared by the mock", [&mut a, &mut b, &mut late], |members| {
        let mut all = members.map(Member::has).concat();
        all.sort_unstable();
        all == [0, 1, 2, 3] && members.iter().all(|member| (1..3).contains(&member.has().len()))
    });
}

#[test]
fn what_cannot_be_a_target_is_refused_and_who_is_not_there_is_passed_over() {
    let cluster = cluster();
    let mut member = join(&cluster);
    until("assigned", [&mut member], |[member]| member.has().len() == 4);
    let name = name(&member);
    let twice = [orders(0), orders(0)];
    for (group, member, partitions) in [
        ("a\0b", name.as_str(), &twice[..1]),
        ("group", "a\0b", &twice[..1]),
        ("group", &name, &twice[..]),
        ("group", &name, &[orders(-1)]),
    ] {
        let error = cluster.set_target_assignment(group, &[(member, partitions)]).unwrap_err();
        assert_eq!(error.code(), Some(ErrorCode::INVALID_ARGUMENT), "{group:?} {member:?} {partitions:?}");
    }
    assert!(cluster.clear_target_assignment("\0").is_err());
    assert!(cluster.set_coordinator("\0", 1).is_err());
    cluster.set_target_assignment("nobody", &[(&name, &twice[..1])]).unwrap();
    cluster.set_target_assignment("group", &[("nobody", &twice[..1]), (&name, &twice[1..])]).unwrap();
    until("as said", [&mut member], |[member]| member.has() == [0]);
}

#[test]
fn a_silent_member_is_out_when_its_session_ends() {
    let cluster = cluster();
    cluster.set_session_timeout(Duration::from_millis(1_500));
    // Told when it joins, so that this is all that is heard of it.
    cluster.set_heartbeat_interval(Duration::MAX);
    let mut silent = join(&cluster);
    until("assigned", [&mut silent], |[silent]| silent.has().len() == 4);
    let deadline = Instant::now() + Duration::from_secs(20);
    // An heir that comes too early gets nothing, and is as silent.
    let mut heir = join(&cluster);
    let mut patience = Instant::now() + Duration::from_secs(1);
    while heir.has().len() < 4 {
        let now = Instant::now();
        assert!(now < deadline, "the silent member is not out");
        if now > patience {
            heir = join(&cluster);
            patience = now + Duration::from_secs(1);
        }
        heir.step();
    }
    assert_eq!(silent.has().len(), 4, "it has not heard of it");
}

#[test]
fn a_group_is_where_its_coordinator_is() {
    let cluster = cluster();
    let mut member = join(&cluster);
    until("assigned", [&mut member], |[member]| member.has().len() == 4);
    let committed = |limit| member.client.committed(&[orders(0)], limit);
    for [coordinator, other] in [[1, 2], [2, 1]] {
        cluster.set_coordinator("group", coordinator).unwrap();
        cluster.set_broker_down(other).unwrap();
        assert_eq!(committed(WITHIN * 3).unwrap().first_error(), None);
        cluster.set_broker_up(other).unwrap();
        cluster.set_broker_down(coordinator).unwrap();
        let error = committed(Duration::from_secs(1)).unwrap_err();
        let codes = [ErrorCode::TIMED_OUT, ErrorCode::WAIT_COORDINATOR, ErrorCode::TRANSPORT];
        assert!(codes.contains(&error.code().unwrap()), "{error:?}");
        cluster.set_broker_up(coordinator).unwrap();
    }
    for broker in [0, -1, 3, i32::MAX] {
        let error = cluster.set_coordinator("group", broker).unwrap_err();
        assert_eq!(error.code(), Some(ErrorCode::INVALID_ARGUMENT), "{broker}");
    }
    for broker in [0, -1, 3] {
        for error in
            [cluster.set_broker_down(broker).unwrap_err(), cluster.set_broker_up(broker).unwrap_err()]
        {
            assert_eq!(error.code(), Some(ErrorCode::BROKER_NOT_AVAILABLE), "{broker}");
        }
    }
}
