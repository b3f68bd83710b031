//! What holds a transaction up, and for how long at most.

mod common;

use std::{cell::Cell, future::pending, sync::atomic::Ordering, time::Duration};

use common::{
    script::run,
    transacted::{Case, KINDS, Kind, LONG, SECOND, copy},
};
use futures_channel::oneshot;
use klamm_combinators::{OnRevoke, ProcessError, Stall};
use klamm_core::contract::{ErrorClass, Window};
use klamm_testing::{Call, ScriptedProducer};

/// Those in which a handler that waits holds up no other partition.
const SIDE_BY_SIDE: [Kind; 3] = [Kind::ByPartition, Kind::ByKey, Kind::Unordered];

/// A pipeline whose handlers of partition one never end.
macro_rules! stuck {
    ($kind:expr, $case:expr, $records:expr) => {
        $kind.pipeline($records, &$case.producer, async |line, out| {
            if line.epoch == $case.one {
                pending::<()>().await;
            }
            copy(line, out)
        })
    };
}

#[test]
fn a_partition_that_is_stuck_goes_back_to_what_is_committed_and_the_others_go_on() {
    for kind in SIDE_BY_SIDE {
        let case = Case::new(1);
        let records = case.records().stall_after(SECOND, Stall::FailPartition);
        let mut pipeline = stuck!(kind, case, records);
        case.script.deliver(case.one, 3..4);
        assert!(run(&mut pipeline).is_none());
        for _ in 0..6 {
            case.script.pass(SECOND / 4);
            assert!(run(&mut pipeline).is_none());
        }
        assert_eq!((case.count(Call::Abort), case.rewinds()), (1, vec![(case.one, 3)]), "{kind:?}");
        case.script.deliver(case.two, 0..1);
        assert!(run(&mut pipeline).is_none());
        case.script.pass(LONG);
        assert!(run(&mut pipeline).is_none());
        assert_eq!((case.position(case.one), case.position(case.two)), (None, Some(1)), "{kind:?}");
        drop(pipeline);
        assert!(case.rewinds().is_empty(), "{kind:?}: it has gone back already");
    }
}

#[test]
fn a_revoke_is_let_go_of_at_its_deadline_although_others_run() {
    for kind in SIDE_BY_SIDE {
        for policy in [OnRevoke::Drain { deadline: SECOND }, OnRevoke::Cancel] {
            let case = Case::new(100);
            let mut pipeline = stuck!(kind, case, case.records().on_revoke(policy));
            case.script.deliver(case.one, 0..1);
            case.script.deliver(case.two, 0..2);
            assert!(run(&mut pipeline).is_none());
            let is_released = case.script.revoke(vec![case.two], SECOND * 150);
            assert!(run(&mut pipeline).is_none());
            assert_eq!(is_released.load(Ordering::Relaxed), policy == OnRevoke::Cancel, "{kind:?}");
            case.script.pass(SECOND);
            assert!(run(&mut pipeline).is_none());
            assert!(is_released.load(Ordering::Relaxed), "{kind:?} {policy:?} still holds it");
            assert_eq!((case.count(Call::Abort), case.count(Call::Commit)), (1, 0), "{kind:?}");
        }
    }
}

#[test]
fn a_transaction_is_aborted_before_its_producer_would_give_it_up() {
    for kind in SIDE_BY_SIDE {
        let mut case = Case::new(100);
        let window = Window::new(100, SECOND).longest(SECOND * 40);
        case.producer = ScriptedProducer::transactional(window);
        let (go_on, gate) = oneshot::channel::<()>();
        let gate = Cell::new(Some(gate));
        let one = case.one;
        let mut pipeline = kind.pipeline(case.records(), &case.producer, async |line, out| {
            if let Some(gate) = (line.epoch == one).then(|| gate.take()).flatten() {
                gate.await.unwrap();
            }
            copy(line, out)
        });
        case.script.deliver(case.one, 0..1);
        assert!(run(&mut pipeline).is_none());
        case.script.pass(SECOND * 100);
        assert!(run(&mut pipeline).is_none());
        assert_eq!(case.count(Call::Abort), 0, "{kind:?}: nothing was sent yet");
        case.script.deliver(case.two, 0..1);
        assert!(run(&mut pipeline).is_none());
        case.script.pass(SECOND * 39);
        assert!(run(&mut pipeline).is_none());
        assert_eq!(case.count(Call::Abort), 0, "{kind:?}");
        case.script.pass(SECOND);
        assert!(run(&mut pipeline).is_none());
        assert_eq!((case.count(Call::Abort), case.count(Call::Commit)), (1, 0), "{kind:?}");
        assert!(go_on.is_canceled(), "{kind:?}: the handler was not dropped");
        // The gate is gone: the second time nothing waits.
        case.script.pass(SECOND);
        assert!(run(&mut pipeline).is_none());
        case.script.pass(SECOND);
        assert!(run(&mut pipeline).is_none());
        assert_eq!((case.position(case.one), case.position(case.two)), (Some(1), Some(1)), "{kind:?}");
        case.is_whole();
    }
}

#[test]
fn failures_that_are_far_apart_do_not_add_up() {
    for kind in KINDS {
        let case = Case::new(1);
        case.script.deliver(case.one, 0..1);
        let mut pipeline = kind.copy(case.records(), &case.producer);
        for failures in 1..=3 {
            case.producer.fail_next(Call::Commit, ErrorClass::Retriable);
            assert!(run(&mut pipeline).is_none(), "{kind:?}");
            assert_eq!((case.count(Call::Abort), case.count(Call::Commit)), (failures, failures), "{kind:?}");
            // So long that none is the consequence of another.
            case.script.pass(LONG);
        }
        assert!(run(&mut pipeline).is_none());
        assert_eq!(case.position(case.one), Some(1), "{kind:?}");
    }
}

/// What lies behind the last message, as a transaction marker does, is committed with the next message there is.
#[test]
fn a_pipeline_that_stops_during_a_commit_does_not_wait_for_what_comes_to_rest_meanwhile() {
    for kind in KINDS {
        let case = Case::new(1);
        let (signal, stop) = oneshot::channel::<()>();
        let records = case.records().drain_on(stop, Duration::from_secs(10));
        let mut pipeline = kind.copy(records, &case.producer);
        assert!(run(&mut pipeline).is_none());
        case.producer.hold_calls();
        case.script.deliver(case.one, 0..1);
        assert!(run(&mut pipeline).is_none());
        case.script.state().rests.push((case.one, 2));
        signal.send(()).unwrap();
        assert!(run(&mut pipeline).is_none());
        case.producer.release_calls();
        let report = run(&mut pipeline).expect("it ends at once").unwrap();
        assert_eq!((report.committed, case.position(case.one)), (1, Some(1)), "{kind:?}");
    }
}

#[test]
fn another_pipeline_over_the_same_transactions_is_refused_until_the_first_has_ended() {
    for kind in KINDS {
        let (case, other) = (Case::new(1), Case::new(1));
        let mut first = kind.copy(case.records(), &case.producer);
        case.script.deliver(case.one, 0..1);
        assert!(run(&mut first).is_none());
        let error = run(&mut kind.copy(other.records(), &case.producer)).expect("it stops").unwrap_err();
        assert!(
            matches!(&error, ProcessError::Invalid(why) if why.policy() == "produce_to"),
            "{kind:?}: {error:?}"
        );
        // The refusal gives back nothing that it has not taken.
        let error = run(&mut kind.copy(other.records(), &case.producer)).expect("it stops").unwrap_err();
        assert!(matches!(&error, ProcessError::Invalid(_)), "{kind:?}: {error:?}");
        drop(first);
        other.script.deliver(other.one, 0..1);
        let mut second = kind.copy(other.records(), &case.producer);
        assert!(run(&mut second).is_none());
        assert_eq!(case.producer.committed().len(), 2, "{kind:?}");
    }
}
