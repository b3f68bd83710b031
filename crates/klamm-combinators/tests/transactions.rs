//! Pipelines that produce within transactions: when a transaction begins and ends, and what it holds.

mod common;

use std::{cell::Cell, sync::atomic::Ordering};

use common::{
    script::run,
    transacted::{Case, KINDS, LONG, SECOND, copy, enqueued},
};
use futures_channel::oneshot;
use klamm_combinators::{Limits, OnRevoke, Outcome, ProcessError};
use klamm_core::Message;
use klamm_testing::{Call, Called};

/// What is called to commit a window, and to begin with the next.
const COMMITS: [Call; 3] = [Call::SendOffsets, Call::Commit, Call::Begin];

#[test]
fn nothing_is_taken_before_a_transaction_has_begun() {
    for kind in KINDS {
        let case = Case::new(10);
        case.producer.hold_calls();
        let mut pipeline = kind.copy(case.records(), &case.producer);
        case.script.deliver(case.one, 0..3);
        assert!(run(&mut pipeline).is_none());
        assert_eq!(case.producer.called(), [Called::Begin], "{kind:?}");
        assert_eq!(case.script.state().messages.len(), 3, "{kind:?}");
        case.producer.answer();
        assert!(run(&mut pipeline).is_none());
        assert_eq!(enqueued(&case.producer), [(1, 0), (1, 1), (1, 2)], "{kind:?}");
        assert_eq!(case.producer.called(), [Called::Begin], "{kind:?}");
    }
}

#[test]
fn a_window_ends_with_its_messages() {
    for kind in KINDS {
        let (case, mut seen) = (Case::new(3), 0);
        let mut pipeline = kind.copy(case.records(), &case.producer);
        case.script.deliver(case.one, 0..2);
        assert!(run(&mut pipeline).is_none());
        assert_eq!(case.calls(&mut seen), [Call::Begin], "{kind:?}");
        case.script.deliver(case.one, 2..3);
        assert!(run(&mut pipeline).is_none());
        assert_eq!(case.calls(&mut seen), COMMITS, "{kind:?}");
        case.is_whole();
        case.script.deliver(case.one, 3..5);
        case.script.deliver(case.two, 0..2);
        assert!(run(&mut pipeline).is_none());
        assert_eq!(case.calls(&mut seen), COMMITS, "{kind:?}");
        case.is_whole();
        assert_eq!((case.position(case.one), case.position(case.two)), (Some(5), Some(1)), "{kind:?}");
        case.script.state().is_over = true;
        let report = run(&mut pipeline).expect("it ends").unwrap();
        assert_eq!((report.processed, report.committed, report.commits), (7, 7, 3), "{kind:?}");
        case.is_whole();
        assert!(case.rewinds().is_empty(), "{kind:?}");
    }
}

#[test]
fn a_window_ends_after_its_interval_and_an_empty_one_never() {
    for kind in KINDS {
        let (case, mut seen) = (Case::within(100, SECOND), 0);
        let mut pipeline = kind.copy(case.records(), &case.producer);
        assert!(run(&mut pipeline).is_none());
        case.script.pass(LONG);
        assert!(run(&mut pipeline).is_none());
        assert_eq!(case.calls(&mut seen), [Call::Begin], "{kind:?}: nothing is done");
        case.script.deliver(case.one, 0..1);
        assert!(run(&mut pipeline).is_none());
        case.script.pass(SECOND / 2);
        case.script.deliver(case.one, 1..2);
        assert!(run(&mut pipeline).is_none());
        case.script.pass(SECOND * 499 / 1_000);
        assert!(run(&mut pipeline).is_none());
        assert!(case.calls(&mut seen).is_empty(), "{kind:?}: 1 ms is left");
        case.script.pass(SECOND / 1_000);
        assert!(run(&mut pipeline).is_none());
        assert_eq!(case.calls(&mut seen), COMMITS, "{kind:?}");
        assert_eq!(case.position(case.one), Some(2), "{kind:?}");
        case.script.pass(LONG);
        assert!(run(&mut pipeline).is_none());
        assert!(case.calls(&mut seen).is_empty(), "{kind:?}: nothing is done in the second");
    }
}

#[test]
fn an_interval_that_passes_without_a_message_done_waits_for_the_first() {
    for kind in KINDS {
        let case = Case::within(100, SECOND);
        case.producer.hold();
        let mut pipeline = kind.copy(case.records(), &case.producer);
        case.script.deliver(case.one, 0..2);
        assert!(run(&mut pipeline).is_none());
        case.script.pass(SECOND * 5);
        assert!(run(&mut pipeline).is_none());
        case.producer.acknowledge(0);
        assert!(run(&mut pipeline).is_none());
        assert_eq!(case.producer.called(), [Called::Begin], "{kind:?}");
        case.script.pass(SECOND);
        assert!(run(&mut pipeline).is_none());
        assert_eq!(case.producer.called(), [Called::Begin], "{kind:?} does not wait for what it has taken");
        // It waits, and has nothing linger meanwhile.
        assert_eq!(case.producer.flushes(), 1, "{kind:?}");
        case.producer.acknowledge(1);
        assert!(run(&mut pipeline).is_none());
        assert_eq!(case.position(case.one), Some(2), "{kind:?}");
    }
}

#[test]
fn what_was_taken_is_waited_for_and_no_more_is_taken_meanwhile() {
    for kind in KINDS {
        let case = Case::new(2);
        case.producer.hold();
        let mut pipeline = kind.copy(case.records(), &case.producer);
        case.script.deliver(case.one, 0..10);
        assert!(run(&mut pipeline).is_none());
        assert_eq!(enqueued(&case.producer).len(), 2, "{kind:?}");
        for number in [0, 1] {
            case.producer.acknowledge(number);
            assert!(run(&mut pipeline).is_none());
        }
        // The first that was done has made room for one more, if it was noticed before the second.
        let taken = enqueued(&case.producer).len();
        for number in 2..taken {
            assert_eq!(case.producer.called(), [Called::Begin], "{kind:?} does not wait for {number}");
            case.producer.acknowledge(number);
            assert!(run(&mut pipeline).is_none());
        }
        assert_eq!(case.position(case.one), i64::try_from(taken).ok(), "{kind:?}");
        assert!((2..=3).contains(&taken), "{kind:?} has taken {taken}");
        case.is_whole();
    }
}

#[test]
fn no_message_is_taken_while_a_transaction_ends_and_another_begins() {
    for kind in KINDS {
        let case = Case::new(3);
        case.producer.hold_calls();
        let mut pipeline = kind.copy(case.records(), &case.producer);
        case.script.deliver(case.one, 0..6);
        for expected in [Call::Begin, Call::SendOffsets, Call::Commit, Call::Begin] {
            let taken = enqueued(&case.producer).len();
            assert!(run(&mut pipeline).is_none());
            case.script.deliver(case.two, [i64::try_from(case.producer.called().len()).unwrap()]);
            case.script.pass(LONG);
            assert!(run(&mut pipeline).is_none());
            let [before, after] = [taken, enqueued(&case.producer).len()];
            assert_eq!(case.producer.unanswered().map(|it| it.call()), Some(expected), "{kind:?}");
            if expected != Call::SendOffsets {
                assert_eq!(before, after, "{kind:?} takes messages during {expected}");
            }
            case.producer.answer();
        }
        assert_eq!(enqueued(&case.producer).len(), 3, "{kind:?}");
        assert!(run(&mut pipeline).is_none());
        assert_eq!(enqueued(&case.producer).len(), 6, "{kind:?}");
    }
}

#[test]
fn positions_are_committed_for_the_groups_present_generation() {
    for kind in KINDS {
        let case = Case::new(2);
        case.producer.hold();
        let mut pipeline = kind.copy(case.records(), &case.producer);
        case.script.deliver(case.one, 0..1);
        case.script.deliver(case.two, 7..8);
        assert!(run(&mut pipeline).is_none());
        case.script.state().generation = 5;
        case.producer.release();
        assert!(run(&mut pipeline).is_none());
        let Called::SendOffsets { positions, generation: Some(5) } = &case.producer.called()[1] else {
            panic!("{kind:?}: {:?}", case.producer.called())
        };
        let names = positions.iter().map(|(of, at)| (of.to_string(), at.offset())).collect::<Vec<_>>();
        assert_eq!(names, [("script[1]".to_owned(), 1), ("script[2]".to_owned(), 8)], "{kind:?}");
    }
}

#[test]
fn messages_without_outputs_and_those_skipped_count_as_any() {
    for kind in KINDS {
        let case = Case::new(3);
        let mut pipeline =
            kind.pipeline(case.records(), &case.producer, async |line, out| match line.offset {
                0 => Ok(Outcome::Skip("first")),
                1 => Ok(Outcome::Done),
                _ => copy(line, out).map(|()| Outcome::Done),
            });
        case.script.deliver(case.one, 0..3);
        assert!(run(&mut pipeline).is_none());
        assert_eq!((case.position(case.one), case.producer.committed().len()), (Some(3), 1), "{kind:?}");
    }
}

#[test]
fn a_revoke_ends_the_window_and_is_let_go_of_after_its_commit() {
    for kind in KINDS {
        let (case, mut seen) = (Case::new(100), 0);
        case.producer.hold();
        let mut pipeline = kind.copy(case.records(), &case.producer);
        case.script.deliver(case.one, 0..2);
        case.script.deliver(case.two, 0..2);
        assert!(run(&mut pipeline).is_none());
        case.producer.acknowledge(0);
        let is_released = case.script.revoke(vec![case.one], SECOND * 150);
        assert!(run(&mut pipeline).is_none());
        assert_eq!((case.calls(&mut seen), case.producer.flushes()), (vec![Call::Begin], 1), "{kind:?}");
        case.script.deliver(case.two, 2..3);
        assert!(run(&mut pipeline).is_none());
        assert_eq!(enqueued(&case.producer).len(), 4, "{kind:?} takes more");
        case.producer.hold_calls();
        case.producer.release();
        for expected in [Call::SendOffsets, Call::Commit] {
            assert!(run(&mut pipeline).is_none());
            assert_eq!(case.calls(&mut seen), [expected], "{kind:?}");
            assert!(!is_released.load(Ordering::Relaxed), "{kind:?}: {expected} is not answered");
            case.producer.answer();
        }
        assert!(run(&mut pipeline).is_none());
        assert!(is_released.load(Ordering::Relaxed), "{kind:?} still holds it");
        assert_eq!((case.position(case.one), case.position(case.two)), (Some(2), Some(2)), "{kind:?}");
        case.producer.release_calls();
        assert!(run(&mut pipeline).is_none());
        assert_eq!(enqueued(&case.producer).len(), 5, "{kind:?} does not go on");
        case.script.state().is_over = true;
        let report = run(&mut pipeline).expect("it ends").unwrap();
        assert_eq!((report.committed, report.revokes), (5, 1), "{kind:?}");
        assert!(case.rewinds().is_empty(), "{kind:?}");
        case.is_whole();
    }
}

#[test]
fn a_revoke_without_anything_done_is_let_go_of_at_once() {
    for kind in KINDS {
        let case = Case::new(100);
        let mut pipeline = kind.copy(case.records(), &case.producer);
        case.script.assign(case.one);
        assert!(run(&mut pipeline).is_none());
        let is_released = case.script.revoke(vec![case.one], SECOND * 150);
        assert!(run(&mut pipeline).is_none());
        assert!(is_released.load(Ordering::Relaxed), "{kind:?} holds it");
        case.script.deliver(case.two, 0..1);
        assert!(run(&mut pipeline).is_none());
        assert_eq!(enqueued(&case.producer).len(), 1, "{kind:?} does not go on");
    }
}

#[test]
fn a_pipeline_that_stops_commits_what_it_has_taken_and_leaves_no_transaction_open() {
    for kind in KINDS {
        for has_messages in [true, false] {
            let case = Case::new(100);
            case.producer.hold();
            let (stop, stopped) = oneshot::channel::<()>();
            let records = case.records().drain_on(stopped, SECOND * 10);
            let mut pipeline = kind.copy(records, &case.producer);
            case.script.deliver(case.one, if has_messages { 0..3 } else { 0..0 });
            assert!(run(&mut pipeline).is_none());
            stop.send(()).unwrap();
            assert_eq!(run(&mut pipeline).is_none(), has_messages, "{kind:?}");
            case.script.deliver(case.one, 3..5);
            if has_messages {
                assert!(run(&mut pipeline).is_none());
                assert_eq!((enqueued(&case.producer).len(), case.producer.flushes()), (3, 1), "{kind:?}");
                case.producer.release();
                let report = run(&mut pipeline).expect("it ends").unwrap();
                assert_eq!((report.processed, report.committed), (3, 3), "{kind:?}");
            }
            drop(pipeline);
            assert_eq!(case.position(case.one), has_messages.then_some(3), "{kind:?}");
            assert!(matches!(case.last_call(), Some(Call::Commit | Call::Abort)), "{kind:?}");
            assert!(case.script.state().leaving.is_some(), "{kind:?}");
        }
    }
}

#[test]
fn nothing_is_committed_through_the_source_however_often_that_is_asked_for() {
    for kind in KINDS {
        let case = Case::new(4);
        let mut pipeline = kind.copy(case.records().commit_every(1, SECOND), &case.producer);
        case.script.deliver(case.one, 0..3);
        assert!(run(&mut pipeline).is_none());
        case.script.pass(SECOND * 60);
        assert!(run(&mut pipeline).is_none());
        assert_eq!(case.producer.called(), [Called::Begin], "{kind:?}");
        case.script.deliver(case.one, 3..6);
        case.script.state().is_over = true;
        assert_eq!(run(&mut pipeline).unwrap().unwrap().committed, 6, "{kind:?}");
        drop(pipeline);
        assert!(case.script.state().commits.is_empty(), "{kind:?}");
        assert_eq!(case.count(Call::Commit), 2, "{kind:?}");
    }
}

#[test]
fn no_more_messages_are_under_way_than_a_window_holds() {
    for kind in KINDS {
        for (limit, expected) in [(1_000, 5), (2, 2)] {
            let case = Case::new(5);
            case.producer.hold();
            let records = case.records().limits(Limits::default().records(limit));
            let mut pipeline = kind.copy(records, &case.producer);
            case.script.deliver(case.one, 0..100);
            assert!(run(&mut pipeline).is_none());
            assert_eq!(enqueued(&case.producer).len(), expected, "{kind:?}");
            case.producer.release();
            case.script.state().is_over = true;
            assert_eq!(run(&mut pipeline).unwrap().unwrap().committed, 100, "{kind:?}");
            case.is_whole();
        }
    }
}

#[test]
fn what_is_detached_from_a_revoke_cannot_be_part_of_a_transaction() {
    for kind in KINDS {
        let case = Case::new(5);
        let records = case.records().on_revoke(OnRevoke::Detach);
        let error = run(&mut kind.copy(records, &case.producer)).expect("it stops").unwrap_err();
        assert!(
            matches!(&error, ProcessError::Invalid(why) if why.policy() == "on_revoke"),
            "{kind:?}: {error:?}"
        );
        assert!(case.producer.called().is_empty(), "{kind:?}");
    }
}

#[test]
fn a_window_of_no_messages_is_refused() {
    for kind in KINDS {
        let case = Case::new(0);
        let error = run(&mut kind.copy(case.records(), &case.producer)).expect("it stops").unwrap_err();
        assert!(
            matches!(&error, ProcessError::Invalid(why) if why.policy() == "produce_to"),
            "{kind:?}: {error:?}"
        );
        assert!(case.producer.called().is_empty(), "{kind:?}");
    }
}

/// The handler of the first message ends last: the window waits for it, and commits all three.
#[test]
fn a_window_waits_for_handlers_that_run() {
    for kind in [common::transacted::Kind::ByKey, common::transacted::Kind::Unordered] {
        let case = Case::new(2);
        let (go_on, gate) = oneshot::channel::<()>();
        let gate = Cell::new(Some(gate));
        let mut pipeline = kind.pipeline(case.records(), &case.producer, async |line, out| {
            if line.offset() == 0 {
                gate.take().unwrap().await.unwrap();
            }
            copy(line, out)
        });
        for (offset, key) in [(0, "slow"), (1, "quick"), (2, "quick"), (3, "slow"), (4, "other")] {
            case.script.deliver_keyed(case.one, offset, key);
        }
        assert!(run(&mut pipeline).is_none());
        assert_eq!(enqueued(&case.producer), [(1, 1), (1, 2)], "{kind:?}");
        assert_eq!(case.producer.called(), [Called::Begin], "{kind:?}");
        go_on.send(()).unwrap();
        assert!(run(&mut pipeline).is_none());
        assert_eq!(case.position(case.one).map(|at| at.min(3)), Some(3), "{kind:?}");
        case.is_whole();
    }
}
