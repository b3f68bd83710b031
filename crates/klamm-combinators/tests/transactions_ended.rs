//! Pipelines that produce within transactions: how they end before all is done, and what they leave behind.

mod common;

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    time::Duration,
};

use common::{
    script::run,
    transacted::{Case, KINDS, SECOND, copy, enqueued, transaction_failed},
};
use futures_channel::oneshot;
use klamm_combinators::{OnPanic, ProcessError};
use klamm_core::contract::ErrorClass;
use klamm_testing::Call;

/// Classes with which nothing can be done any more.
const ENDED: [ErrorClass; 2] = [ErrorClass::Fenced, ErrorClass::Fatal];

#[test]
fn a_handler_that_fails_or_panics_takes_back_the_window() {
    for kind in KINDS {
        for panics in [false, true] {
            let case = Case::new(3);
            let records = case.records().on_panic(OnPanic::Fail);
            let mut pipeline = kind.pipeline(records, &case.producer, async |line, out| match line.offset {
                4 if panics => resume_unwind(Box::new("on purpose")),
                4 => Err("on purpose".into()),
                _ => copy(line, out),
            });
            case.script.deliver(case.one, 0..6);
            let error = run(&mut pipeline).expect("it stops").unwrap_err();
            let is_expected = match &error {
                ProcessError::Handler { offset: 4, .. } => !panics,
                ProcessError::Panicked { offset: 4, .. } => panics,
                _ => false,
            };
            assert!(is_expected, "{kind:?}: {error:?}");
            assert_eq!(case.last_call(), Some(Call::Abort), "{kind:?}");
            assert_eq!((case.position(case.one), case.rewinds()), (Some(3), vec![(case.one, 3)]), "{kind:?}");
            assert_eq!(enqueued(&case.producer).last(), Some(&(1, 3)), "{kind:?}");
            case.is_whole();
        }
    }
}

#[test]
fn a_panic_that_goes_through_takes_back_the_window() {
    for kind in KINDS {
        let case = Case::new(3);
        let mut pipeline = kind.pipeline(case.records(), &case.producer, async |line, out| {
            if line.offset == 4 {
                resume_unwind(Box::new("on purpose"));
            }
            copy(line, out)
        });
        case.script.deliver(case.one, 0..6);
        assert!(catch_unwind(AssertUnwindSafe(|| run(&mut pipeline))).is_err(), "{kind:?}");
        drop(pipeline);
        assert_eq!(case.last_call(), Some(Call::Abort), "{kind:?}");
        assert_eq!((case.position(case.one), case.rewinds()), (Some(3), vec![(case.one, 3)]), "{kind:?}");
        case.is_whole();
    }
}

#[test]
fn an_output_that_can_never_be_delivered_stops_the_pipeline() {
    for kind in KINDS {
        for class in [ErrorClass::Refused, ErrorClass::Fenced, ErrorClass::Fatal] {
            for is_enqueued in [true, false] {
                let case = Case::new(100);
                let mut pipeline = kind.pipeline(case.records(), &case.producer, async |line, out| {
                    let topic = if line.offset == 1 && !is_enqueued { "closed" } else { "out" };
                    out.send(topic, None, format!("1/{}", line.offset))
                });
                case.producer.hold();
                case.producer.refuse("closed", class);
                case.script.deliver(case.one, 0..3);
                let mut ended = run(&mut pipeline);
                if is_enqueued {
                    assert!(ended.is_none());
                    case.producer.fail(1, class);
                    ended = run(&mut pipeline);
                }
                match ended.expect("it stops").unwrap_err() {
                    ProcessError::Delivery { offset: 1, source, .. } if source.class() == class => {}
                    other => panic!("{kind:?} {class:?}: {other:?}"),
                }
                assert_eq!(case.last_call(), Some(Call::Abort), "{kind:?} {class:?}");
                assert_eq!(case.rewinds(), [(case.one, 0)], "{kind:?} {class:?}");
                assert!(case.producer.positions().is_empty(), "{kind:?} {class:?}");
            }
        }
    }
}

#[test]
fn a_producer_that_cannot_go_on_ends_the_pipeline() {
    for kind in KINDS {
        for class in ENDED {
            for call in [Call::Begin, Call::SendOffsets, Call::Commit, Call::Abort] {
                let case = Case::new(2);
                case.producer.fail_next(call, class);
                if call == Call::Abort {
                    case.producer.fail_next(Call::Commit, ErrorClass::Abort);
                }
                let mut pipeline = kind.copy(case.records(), &case.producer);
                case.script.deliver(case.one, 0..3);
                let error = run(&mut pipeline).expect("it stops").unwrap_err();
                assert_eq!(transaction_failed(&error), Some(class), "{kind:?} {call}: {error:?}");
                drop(pipeline);
                assert!(case.producer.positions().is_empty(), "{kind:?} {call}");
                let rewinds = if call == Call::Begin { Vec::new() } else { vec![(case.one, 0)] };
                assert_eq!(case.rewinds(), rewinds, "{kind:?} {call}");
            }
        }
    }
}

#[test]
fn what_is_aborted_for_two_minutes_ends_the_pipeline_unless_a_commit_comes_between() {
    for kind in KINDS {
        for recovers in [false, true] {
            let case = Case::new(1);
            let mut pipeline = kind.copy(case.records(), &case.producer);
            case.script.deliver(case.one, 0..1);
            let (mut passed, mut ended) = (Duration::ZERO, None);
            while ended.is_none() && passed < SECOND * 200 {
                let commits = recovers && passed == SECOND * 110;
                if !commits {
                    case.producer.fail_next(Call::Commit, ErrorClass::Abort);
                }
                ended = run(&mut pipeline);
                if commits {
                    case.script.deliver(case.one, 1..2);
                }
                case.script.pass(SECOND * 10);
                passed += SECOND * 10;
            }
            assert_eq!(ended.is_none(), recovers, "{kind:?}");
            if let Some(ended) = ended {
                let error = ended.unwrap_err();
                assert_eq!(transaction_failed(&error), Some(ErrorClass::Abort), "{kind:?}: {error:?}");
                assert!((SECOND * 120..SECOND * 150).contains(&passed), "{kind:?}: {passed:?}");
                assert_eq!(case.rewinds().last(), Some(&(case.one, 0)), "{kind:?}");
            }
            assert_eq!(case.position(case.one), recovers.then_some(1), "{kind:?}");
        }
    }
}

#[test]
fn a_pipeline_that_is_dropped_takes_back_what_is_not_committed() {
    for kind in KINDS {
        for call in [Call::Begin, Call::SendOffsets, Call::Commit, Call::Abort] {
            let case = Case::new(2);
            let mut pipeline = kind.copy(case.records(), &case.producer);
            case.script.deliver(case.one, 0..3);
            assert!(run(&mut pipeline).is_none());
            if call != Call::Begin {
                case.producer.hold_calls();
                if call == Call::Abort {
                    case.producer.fail_next(Call::Commit, ErrorClass::Abort);
                }
                case.script.deliver(case.two, 0..1);
                assert!(run(&mut pipeline).is_none());
                while case.producer.unanswered().map(|it| it.call()) != Some(call) {
                    case.producer.answer();
                    assert!(run(&mut pipeline).is_none());
                }
            }
            let before = case.count(Call::Abort);
            drop(pipeline);
            assert_eq!(case.last_call(), Some(Call::Abort), "{kind:?} {call}");
            assert!(case.count(Call::Abort) > before || call == Call::Abort, "{kind:?} {call}");
            let mut rewinds = vec![(case.one, 2)];
            rewinds.extend((call != Call::Begin).then_some((case.two, 0)));
            assert_eq!((case.position(case.one), case.rewinds()), (Some(2), rewinds), "{kind:?} {call}");
            case.is_whole();
        }
    }
}

#[test]
fn a_last_commit_that_fails_leaves_everything_to_the_next() {
    for kind in KINDS {
        let case = Case::new(100);
        let (stop, stopped) = oneshot::channel::<()>();
        let mut pipeline = kind.copy(case.records().drain_on(stopped, SECOND * 10), &case.producer);
        case.script.deliver(case.one, 0..3);
        assert!(run(&mut pipeline).is_none());
        case.producer.fail_next(Call::Commit, ErrorClass::Abort);
        stop.send(()).unwrap();
        let ended = run(&mut pipeline).expect("it ends");
        drop(pipeline);
        assert_eq!(ended.map_or(0, |report| report.committed), 0, "{kind:?}");
        assert_eq!(case.last_call(), Some(Call::Abort), "{kind:?}");
        assert_eq!(case.rewinds(), [(case.one, 0)], "{kind:?}");

        let mut pipeline = kind.copy(case.records(), &case.producer);
        case.script.assign(case.one);
        case.script.state().is_over = true;
        assert_eq!(run(&mut pipeline).expect("it ends").unwrap().committed, 3, "{kind:?}");
        assert_eq!(case.position(case.one), Some(3), "{kind:?}");
        case.is_whole();
    }
}

#[test]
fn a_drain_that_takes_too_long_takes_back_the_window() {
    for kind in KINDS {
        let case = Case::new(100);
        case.producer.hold();
        let (stop, stopped) = oneshot::channel::<()>();
        let mut pipeline = kind.copy(case.records().drain_on(stopped, SECOND * 10), &case.producer);
        case.script.deliver(case.one, 0..3);
        assert!(run(&mut pipeline).is_none());
        stop.send(()).unwrap();
        case.producer.acknowledge(0);
        assert!(run(&mut pipeline).is_none());
        case.script.pass(SECOND * 8);
        let report = run(&mut pipeline).expect("it ends").unwrap();
        assert_eq!((report.abandoned, report.committed), (2, 0), "{kind:?}");
        assert_eq!((case.last_call(), case.count(Call::SendOffsets)), (Some(Call::Abort), 0), "{kind:?}");
        assert_eq!(case.rewinds(), [(case.one, 0)], "{kind:?}");
    }
}

#[test]
fn a_pipeline_may_end_before_its_first_transaction_has_begun() {
    for kind in KINDS {
        let case = Case::new(100);
        case.producer.hold_calls();
        let (stop, stopped) = oneshot::channel::<()>();
        let mut pipeline = kind.copy(case.records().drain_on(stopped, SECOND * 10), &case.producer);
        case.script.deliver(case.one, 0..3);
        assert!(run(&mut pipeline).is_none());
        stop.send(()).unwrap();
        let report = run(&mut pipeline).expect("it ends").unwrap();
        drop(pipeline);
        assert_eq!((report.processed, case.last_call()), (0, Some(Call::Abort)), "{kind:?}");
        assert_eq!(case.script.state().messages.len(), 3, "{kind:?}");
        assert!(case.rewinds().is_empty(), "{kind:?}");
    }
}

/// Without its end nothing more can be sent, however the producer takes it.
#[test]
fn an_abort_that_fails_ends_the_pipeline() {
    for kind in KINDS {
        for class in [ErrorClass::Retriable, ErrorClass::Refused, ErrorClass::Abort] {
            let case = Case::new(2);
            case.producer.fail_next(Call::Commit, ErrorClass::Abort);
            case.producer.fail_next(Call::Abort, class);
            let mut pipeline = kind.copy(case.records(), &case.producer);
            case.script.deliver(case.one, 0..3);
            let error = run(&mut pipeline).expect("it stops").unwrap_err();
            assert_eq!(transaction_failed(&error), Some(class), "{kind:?}: {error:?}");
            drop(pipeline);
            assert_eq!(case.rewinds().last(), Some(&(case.one, 0)), "{kind:?} {class:?}");
        }
    }
}
