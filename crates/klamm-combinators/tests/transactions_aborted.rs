//! Pipelines that produce within transactions: what aborts one, and what is done again then.

mod common;

use std::{cell::Cell, sync::atomic::Ordering};

use common::{
    script::run,
    transacted::{BACK_OFF, Case, KINDS, Kind, LONG, SECOND, copy, enqueued},
};
use klamm_combinators::OnRevoke;
use klamm_core::contract::{ErrorClass, Event, Lost};
use klamm_testing::Call;

/// Classes with which a transaction is aborted, and done again.
const AGAIN: [ErrorClass; 2] = [ErrorClass::Abort, ErrorClass::Retriable];

#[test]
fn an_output_that_spoils_the_transaction_has_everything_done_again() {
    for kind in KINDS {
        for class in AGAIN {
            let case = Case::new(4);
            let mut pipeline = kind.copy(case.records(), &case.producer);
            case.script.deliver(case.one, 0..4);
            assert!(run(&mut pipeline).is_none());
            case.producer.hold();
            case.script.deliver(case.one, 4..6);
            case.script.deliver(case.two, 0..2);
            assert!(run(&mut pipeline).is_none());
            assert_eq!(enqueued(&case.producer).len(), 8, "{kind:?}");
            case.producer.acknowledge(4);
            assert!(run(&mut pipeline).is_none());
            case.producer.fail(5, class);
            assert!(run(&mut pipeline).is_none());
            assert_eq!((case.last_call(), case.count(Call::Abort)), (Some(Call::Abort), 1), "{kind:?}");
            assert_eq!(case.producer.dropped(), 2, "{kind:?} still waits for the others");
            assert_eq!(case.rewinds(), [(case.one, 4), (case.two, 0)], "{kind:?}");
            case.script.pass(SECOND * 99 / 1_000);
            assert!(run(&mut pipeline).is_none());
            assert_eq!(case.last_call(), Some(Call::Abort), "{kind:?}: 1 ms is left");
            assert_eq!(enqueued(&case.producer).len(), 8, "{kind:?}");
            case.producer.release();
            case.script.pass(SECOND / 1_000);
            assert!(run(&mut pipeline).is_none());
            case.is_whole();
            let positions = (case.position(case.one), case.position(case.two));
            assert_eq!((positions, enqueued(&case.producer).len()), ((Some(6), Some(2)), 12), "{kind:?}");
            case.script.state().is_over = true;
            let report = run(&mut pipeline).unwrap().unwrap();
            assert_eq!((report.committed, report.aborts), (8, 1), "{kind:?}");
            drop(pipeline);
            assert!(case.rewinds().is_empty(), "{kind:?}");
        }
    }
}

#[test]
fn a_lost_partition_is_taken_back_and_the_others_are_done_again() {
    for kind in KINDS {
        for are_done in [true, false] {
            let case = Case::new(100);
            if !are_done {
                case.producer.hold();
            }
            let mut pipeline = kind.copy(case.records(), &case.producer);
            case.script.deliver(case.one, 0..2);
            case.script.deliver(case.two, 0..2);
            assert!(run(&mut pipeline).is_none());
            case.script.state().over.push(case.one);
            case.script.state().events.push_back(Event::Lost(Lost { epochs: vec![case.one] }));
            assert!(run(&mut pipeline).is_none());
            assert_eq!((case.count(Call::Abort), case.count(Call::Commit)), (1, 0), "{kind:?}");
            case.producer.release();
            case.script.pass(BACK_OFF);
            assert!(run(&mut pipeline).is_none());
            assert_eq!(case.rewinds(), [(case.two, 0)], "{kind:?}");
            case.script.state().is_over = true;
            let report = run(&mut pipeline).expect("it ends").unwrap();
            assert_eq!(report.committed, 2, "{kind:?}");
            assert_eq!((case.position(case.one), case.position(case.two)), (None, Some(2)), "{kind:?}");
            case.is_whole();
        }
    }
}

#[test]
fn a_partition_of_which_nothing_is_open_is_lost_without_an_abort() {
    for kind in KINDS {
        let case = Case::new(2);
        let mut pipeline = kind.copy(case.records(), &case.producer);
        case.script.deliver(case.one, 0..2);
        assert!(run(&mut pipeline).is_none());
        case.script.deliver(case.two, 0..1);
        assert!(run(&mut pipeline).is_none());
        case.script.state().over.push(case.one);
        case.script.state().events.push_back(Event::Lost(Lost { epochs: vec![case.one] }));
        case.script.deliver(case.two, 1..2);
        assert!(run(&mut pipeline).is_none());
        assert_eq!((case.position(case.one), case.position(case.two)), (Some(2), Some(2)), "{kind:?}");
        assert_eq!((case.count(Call::Abort), case.rewinds()), (0, Vec::new()), "{kind:?}");
    }
}

/// A handler that is dropped may have sent something: what it has done does not count, and nothing else of its window.
#[test]
fn a_handler_that_a_revoke_does_not_wait_for_takes_back_the_window() {
    for kind in KINDS {
        for policy in [OnRevoke::Drain { deadline: SECOND }, OnRevoke::Cancel] {
            let case = Case::new(100);
            case.producer.hold();
            let mut pipeline = kind.copy(case.records().on_revoke(policy), &case.producer);
            case.script.deliver(case.two, 0..2);
            case.script.deliver(case.one, 0..2);
            assert!(run(&mut pipeline).is_none());
            (0..3).for_each(|number| case.producer.acknowledge(number));
            assert!(run(&mut pipeline).is_none());
            let is_released = case.script.revoke(vec![case.one], SECOND * 150);
            assert!(run(&mut pipeline).is_none());
            if policy != OnRevoke::Cancel {
                assert!(!is_released.load(Ordering::Relaxed), "{kind:?} does not wait");
                case.producer.hold_calls();
                case.script.pass(SECOND);
                assert!(run(&mut pipeline).is_none());
                assert_eq!(case.producer.unanswered().map(|it| it.call()), Some(Call::Abort), "{kind:?}");
                assert!(!is_released.load(Ordering::Relaxed), "{kind:?} does not wait for the abort");
                case.producer.release_calls();
                assert!(run(&mut pipeline).is_none());
            }
            assert!(is_released.load(Ordering::Relaxed), "{kind:?} {policy:?} still holds it");
            assert_eq!((case.count(Call::Abort), case.count(Call::Commit)), (1, 0), "{kind:?} {policy:?}");
            assert_eq!(case.rewinds(), [(case.one, 0), (case.two, 0)], "{kind:?} {policy:?}");
            case.producer.release();
            case.script.pass(BACK_OFF);
            case.script.state().is_over = true;
            let report = run(&mut pipeline).expect("it ends").unwrap();
            assert_eq!(
                (report.abandoned, report.committed, report.revokes),
                (1, 2, 1),
                "{kind:?} {policy:?}"
            );
            assert_eq!((case.position(case.one), case.position(case.two)), (None, Some(2)), "{kind:?}");
            case.is_whole();
        }
    }
}

#[test]
fn a_commit_that_fails_has_its_window_done_again() {
    for kind in KINDS {
        for call in [Call::SendOffsets, Call::Commit] {
            for class in [ErrorClass::Abort, ErrorClass::Retriable, ErrorClass::Refused] {
                let case = Case::new(4);
                let mut pipeline = kind.copy(case.records(), &case.producer);
                case.script.deliver(case.one, 0..4);
                assert!(run(&mut pipeline).is_none());
                case.producer.fail_next(call, class);
                case.script.deliver(case.one, 4..7);
                case.script.deliver(case.two, 0..1);
                assert!(run(&mut pipeline).is_none());
                assert_eq!(case.last_call(), Some(Call::Abort), "{kind:?} {call} {class:?}");
                assert_eq!(case.rewinds(), [(case.one, 4), (case.two, 0)], "{kind:?} {call} {class:?}");
                assert_eq!((case.position(case.one), case.position(case.two)), (Some(4), None), "{kind:?}");
                case.is_whole();
                case.script.pass(BACK_OFF);
                assert!(run(&mut pipeline).is_none());
                assert_eq!(
                    (case.position(case.one), case.position(case.two)),
                    (Some(7), Some(1)),
                    "{kind:?}"
                );
                case.is_whole();
                case.script.state().is_over = true;
                assert_eq!(run(&mut pipeline).unwrap().unwrap().committed, 8, "{kind:?}");
            }
        }
    }
}

#[test]
fn a_transaction_that_does_not_begin_is_begun_again() {
    for kind in KINDS {
        for class in [ErrorClass::Abort, ErrorClass::Retriable, ErrorClass::Refused] {
            let case = Case::new(2);
            case.producer.fail_next(Call::Begin, class);
            case.producer.fail_next(Call::Begin, class);
            let mut pipeline = kind.copy(case.records(), &case.producer);
            case.script.deliver(case.one, 0..2);
            // The second time it rests for longer.
            for (begun, rest) in [(1, BACK_OFF), (2, BACK_OFF * 2)] {
                assert!(run(&mut pipeline).is_none());
                case.script.pass(rest * 99 / 100);
                assert!(run(&mut pipeline).is_none());
                assert_eq!(case.count(Call::Begin), begun, "{kind:?} {class:?}: 1 % is left");
                assert!(enqueued(&case.producer).is_empty(), "{kind:?} {class:?}");
                case.script.pass(rest / 100);
            }
            assert!(run(&mut pipeline).is_none());
            assert_eq!(
                (case.count(Call::Begin), case.position(case.one)),
                (4, Some(2)),
                "{kind:?} {class:?}"
            );
            assert!(case.rewinds().is_empty(), "{kind:?}: nothing was delivered");
        }
    }
}

#[test]
fn nothing_is_taken_before_the_abort_and_the_next_begin_are_answered() {
    for kind in KINDS {
        let case = Case::new(2);
        let mut pipeline = kind.copy(case.records(), &case.producer);
        case.producer.fail_next(Call::Commit, ErrorClass::Abort);
        assert!(run(&mut pipeline).is_none());
        case.script.deliver(case.one, 0..1);
        assert!(run(&mut pipeline).is_none());
        case.producer.hold_calls();
        case.script.deliver(case.one, 1..2);
        for expected in [Call::SendOffsets, Call::Commit, Call::Abort, Call::Begin] {
            assert!(run(&mut pipeline).is_none());
            case.script.pass(LONG);
            assert!(run(&mut pipeline).is_none());
            assert_eq!(case.producer.unanswered().map(|it| it.call()), Some(expected), "{kind:?}");
            assert_eq!(enqueued(&case.producer).len(), 2, "{kind:?} takes messages during {expected}");
            case.producer.answer();
        }
        case.producer.release_calls();
        assert!(run(&mut pipeline).is_none());
        assert_eq!(case.position(case.one), Some(2), "{kind:?}");
        case.is_whole();
    }
}

#[test]
fn nothing_is_committed_of_an_epoch_that_is_over() {
    for kind in KINDS {
        let case = Case::new(4);
        let mut pipeline = kind.copy(case.records(), &case.producer);
        case.script.deliver(case.one, 0..2);
        case.script.deliver(case.two, 0..1);
        assert!(run(&mut pipeline).is_none());
        case.script.state().over.push(case.one);
        case.script.deliver(case.two, 1..2);
        assert!(run(&mut pipeline).is_none());
        assert_eq!((case.count(Call::SendOffsets), case.last_call()), (0, Some(Call::Abort)), "{kind:?}");
        // It is told at last, and the other goes on.
        case.script.state().events.push_back(Event::Lost(Lost { epochs: vec![case.one] }));
        case.script.pass(SECOND);
        case.script.state().is_over = true;
        assert_eq!(run(&mut pipeline).expect("it ends").unwrap().committed, 2, "{kind:?}");
        assert_eq!((case.position(case.one), case.position(case.two)), (None, Some(2)), "{kind:?}");
        case.is_whole();
    }
}

#[test]
fn a_revoke_goes_on_after_the_abort_of_its_window_and_is_not_held_while_nothing_is_open() {
    for kind in KINDS {
        let case = Case::new(2);
        let mut pipeline = kind.copy(case.records(), &case.producer);
        case.script.deliver(case.one, 0..1);
        assert!(run(&mut pipeline).is_none());
        case.producer.hold_calls();
        case.script.deliver(case.two, 0..1);
        assert!(run(&mut pipeline).is_none());
        case.producer.answer();
        assert!(run(&mut pipeline).is_none());
        let is_released = case.script.revoke(vec![case.one], SECOND * 150);
        assert!(run(&mut pipeline).is_none());
        case.producer.fail_call(ErrorClass::Retriable);
        assert!(run(&mut pipeline).is_none());
        assert!(!is_released.load(Ordering::Relaxed), "{kind:?} does not wait for the abort");
        case.producer.release_calls();
        assert!(run(&mut pipeline).is_none());
        assert!(is_released.load(Ordering::Relaxed), "{kind:?} still holds it");
        assert_eq!(case.rewinds(), [(case.one, 0), (case.two, 0)], "{kind:?}");
        // It rests before the next begins.
        let is_released = case.script.revoke(vec![case.two], SECOND * 150);
        assert!(run(&mut pipeline).is_none());
        assert!(is_released.load(Ordering::Relaxed), "{kind:?} holds what is not handled");
        case.script.pass(LONG);
        assert!(run(&mut pipeline).is_none());
        assert_eq!(enqueued(&case.producer).len(), 2, "{kind:?} has handled what was revoked");
        assert!(case.producer.positions().is_empty(), "{kind:?}");
    }
}

/// It stops, so that nothing is done again by it: what it has not committed is for whoever comes next.
/// What waits for the handler before it has no part in the transaction, and must not start in the next.
#[test]
fn handlers_that_run_are_dropped_with_their_transaction() {
    for kind in [Kind::Serial, Kind::ByPartition, Kind::ByKey] {
        let case = Case::new(100);
        case.producer.hold();
        let (started, may_wait) = (Cell::new(0), Cell::new(true));
        let mut pipeline = kind.pipeline(case.records(), &case.producer, async |line, out| {
            started.set(started.get() + 1);
            if line.offset == 1 && may_wait.get() {
                std::future::pending::<()>().await;
            }
            copy(line, out)
        });
        (0..4).for_each(|offset| case.script.deliver_keyed(case.one, offset, "key"));
        assert!(run(&mut pipeline).is_none());
        case.producer.fail(0, ErrorClass::Abort);
        assert!(run(&mut pipeline).is_none());
        assert_eq!((started.get(), case.last_call()), (2, Some(Call::Abort)), "{kind:?}");
        case.producer.release();
        may_wait.set(false);
        case.script.pass(BACK_OFF);
        assert!(run(&mut pipeline).is_none());
        assert_eq!((started.get(), enqueued(&case.producer).len()), (6, 5), "{kind:?}");
        case.script.state().is_over = true;
        assert_eq!(run(&mut pipeline).expect("it ends").unwrap().committed, 4, "{kind:?}");
        case.is_whole();
    }
}

/// It is for whoever reads the partition next, and not to be given back again and again.
#[test]
fn what_still_comes_of_a_revoked_partition_is_let_fall() {
    for kind in KINDS {
        let case = Case::new(100);
        case.producer.hold();
        let mut pipeline = kind.copy(case.records(), &case.producer);
        case.script.deliver(case.one, 0..2);
        assert!(run(&mut pipeline).is_none());
        let is_released = case.script.revoke(vec![case.one], SECOND * 150);
        case.script.deliver(case.one, 2..4);
        assert!(run(&mut pipeline).is_none());
        case.producer.release();
        assert!(run(&mut pipeline).is_none());
        assert!(is_released.load(Ordering::Relaxed), "{kind:?}");
        assert_eq!((case.position(case.one), case.rewinds()), (Some(2), Vec::new()), "{kind:?}");
    }
}
