//! What a pipeline does when commits are refused and partitions go, against a source that does what the test says.

mod common;

use std::{cell::Cell, pin::pin, sync::atomic::Ordering, time::Duration};

use common::{
    Fine,
    script::{Script, run},
};
use klamm_combinators::{ProcessError, RecordsExt};
use klamm_core::{
    Epoch, ErrorCode,
    contract::{CommitResult, Event, Lost},
};

const SECOND: Duration = Duration::from_secs(1);

fn parked(_: klamm_core::Position) -> CommitResult {
    CommitResult::Parked(ErrorCode::ILLEGAL_GENERATION)
}

#[test]
fn a_commit_waits_for_the_one_before_and_takes_what_came_meanwhile() {
    let (script, epoch) = (Script::new(), Epoch::next(1));
    let mut pipeline = pin!(script.records().commit_every(1, SECOND).process(async |_| Fine::Ok(())));
    script.state().silent = true;
    script.deliver(epoch, 0..10);
    assert!(run(&mut pipeline).is_none());
    assert_eq!(script.state().commits, [vec![(epoch, 1)]]);
    script.state().silent = false;
    assert!(run(&mut pipeline).is_none());
    assert_eq!(script.state().commits, [vec![(epoch, 1)], vec![(epoch, 10)]]);
}

#[test]
fn a_retriable_commit_is_sent_again() {
    let (script, epoch) = (Script::new(), Epoch::next(1));
    let mut pipeline = pin!(script.records().commit_every(1, SECOND).process(async |_| Fine::Ok(())));
    script.state().answers.push_back(|_| CommitResult::Retriable(ErrorCode::NOT_COORDINATOR));
    script.deliver(epoch, [7]);
    assert!(run(&mut pipeline).is_none());
    assert_eq!(script.state().commits.len(), 1);
    script.pass(SECOND);
    assert!(run(&mut pipeline).is_none());
    assert_eq!(script.state().commits, [vec![(epoch, 8)], vec![(epoch, 8)]]);
    script.state().is_over = true;
    assert_eq!(run(&mut pipeline).unwrap().unwrap().committed, 1);
}

#[test]
fn a_parked_commit_is_sent_again_when_the_rebalance_is_over() {
    let (script, epoch) = (Script::new(), Epoch::next(1));
    let mut pipeline = pin!(script.records().commit_every(1, SECOND).process(async |_| Fine::Ok(())));
    script.state().answers.push_back(parked);
    script.deliver(epoch, [7]);
    assert!(run(&mut pipeline).is_none());
    assert_eq!(script.state().commits.len(), 1);
    script.state().events.push_back(Event::Assigned(Vec::new()));
    assert!(run(&mut pipeline).is_none());
    assert_eq!(script.state().commits, [vec![(epoch, 8)], vec![(epoch, 8)]]);
}

#[test]
fn a_commit_parked_for_ever_stops_the_pipeline_and_passes_over_nothing() {
    let (script, epoch) = (Script::new(), Epoch::next(1));
    let mut pipeline = Box::pin(script.records().commit_every(1, SECOND).process(async |_| Fine::Ok(())));
    script.state().answers.extend([parked as common::script::Answer; 1_000]);
    script.deliver(epoch, [7]);
    let mut ended = None;
    for _ in 0..120 {
        ended = run(&mut pipeline);
        if ended.is_some() {
            break;
        }
        script.pass(SECOND);
    }
    let error = ended.expect("it stops within two minutes").unwrap_err();
    assert!(matches!(error, ProcessError::Commit(ErrorCode::ILLEGAL_GENERATION)), "{error:?}");
}

#[test]
fn what_was_parked_once_does_not_count_against_a_later_epoch() {
    let (script, old, new) = (Script::new(), Epoch::next(1), Epoch::next(1));
    let handled = Cell::new(0);
    let mut pipeline = pin!(script.records().commit_every(1, SECOND).process(async |_| {
        handled.set(handled.get() + 1);
        Fine::Ok(())
    }));
    script.state().answers.extend([parked as common::script::Answer; 2]);
    script.deliver(old, [7]);
    assert!(run(&mut pipeline).is_none());
    script.state().events.push_back(Event::Lost(Lost { epochs: vec![old] }));
    script.pass(SECOND);
    assert!(run(&mut pipeline).is_none());
    script.pass(SECOND * 7_200);
    script.deliver(new, 100..110);
    for _ in 0..5 {
        assert!(run(&mut pipeline).is_none());
        script.pass(SECOND);
    }
    assert_eq!((handled.get(), script.asked(new)), (11, Some(110)));
}

#[test]
fn a_hold_of_many_partitions_outlasts_one_refusal() {
    let script = Script::new();
    let epochs: Vec<Epoch> = (1..=40).map(Epoch::next).collect();
    let mut pipeline = pin!(script.records().commit_every(1_000, SECOND).process(async |_| Fine::Ok(())));
    for epoch in &epochs {
        script.deliver(*epoch, [0]);
    }
    assert!(run(&mut pipeline).is_none());
    script.state().answers.push_back(parked);
    let is_released = script.revoke(epochs.clone(), SECOND * 150);
    assert!(run(&mut pipeline).is_none());
    assert!(!is_released.load(Ordering::Relaxed), "let go with nothing committed");
    script.pass(SECOND);
    assert!(run(&mut pipeline).is_none());
    assert!(is_released.load(Ordering::Relaxed));
    assert!(epochs.iter().all(|epoch| script.asked(*epoch) == Some(1)));
    assert_eq!(script.state().commits.len(), 2);
}

#[test]
fn a_revoke_waits_for_started_records_only() {
    let (script, epoch) = (Script::new(), Epoch::next(1));
    let gate = Cell::new(false);
    let mut pipeline = Box::pin(script.records().unordered(2).process(async |_| {
        while !gate.get() {
            futures_util::pending!();
        }
        Fine::Ok(())
    }));
    script.deliver(epoch, 0..10);
    assert!(run(&mut pipeline).is_none());
    // The source stops delivering when it revokes: what was not started is its own again.
    script.state().messages.clear();
    let is_released = script.revoke(vec![epoch], SECOND * 150);
    assert!(run(&mut pipeline).is_none());
    assert!(!is_released.load(Ordering::Relaxed) && script.state().commits.is_empty());
    drop(pipeline);
    assert!(is_released.load(Ordering::Relaxed), "a dropped pipeline holds nothing");
    assert_eq!(script.state().rewinds, [(epoch, 0)]);
}

#[test]
fn a_lost_partition_is_neither_waited_for_nor_committed() {
    let (script, lost, kept) = (Script::new(), Epoch::next(1), Epoch::next(2));
    let mut pipeline = pin!(script.records().unordered(4).commit_every(1, SECOND).process(async |line| {
        if line.epoch == lost {
            std::future::pending::<()>().await;
        }
        Fine::Ok(())
    }));
    script.deliver(lost, 0..3);
    assert!(run(&mut pipeline).is_none());
    script.state().events.push_back(Event::Lost(Lost { epochs: vec![lost] }));
    script.deliver(kept, 0..3);
    assert!(run(&mut pipeline).is_none());
    script.state().is_over = true;
    let report = run(&mut pipeline).unwrap().unwrap();
    assert_eq!((report.processed, report.abandoned, report.committed), (3, 3, 3));
    assert_eq!((script.asked(lost), script.asked(kept)), (None, Some(3)));
}

#[test]
fn a_fenced_commit_is_never_sent_again() {
    let (script, epoch) = (Script::new(), Epoch::next(1));
    let mut pipeline = pin!(script.records().commit_every(1, SECOND).process(async |_| Fine::Ok(())));
    script.state().answers.push_back(|_| CommitResult::Fenced(Some(ErrorCode::UNKNOWN_MEMBER_ID)));
    script.deliver(epoch, [7]);
    for _ in 0..5 {
        assert!(run(&mut pipeline).is_none());
        script.deliver(epoch, [8]);
        script.pass(SECOND);
    }
    assert_eq!(script.state().commits, [vec![(epoch, 8)]]);
}

#[test]
fn a_commit_refused_for_good_stops_the_pipeline() {
    let (script, epoch) = (Script::new(), Epoch::next(1));
    let mut pipeline = pin!(script.records().commit_every(1, SECOND).process(async |_| Fine::Ok(())));
    script.state().answers.push_back(|_| CommitResult::Fatal(ErrorCode::from_raw(30)));
    script.deliver(epoch, [7]);
    let error = run(&mut pipeline).expect("it stops").unwrap_err();
    assert!(matches!(error, ProcessError::Commit(code) if code == ErrorCode::from_raw(30)), "{error:?}");
}

#[test]
fn gaps_in_the_log_are_not_computed_over() {
    let (script, epoch) = (Script::new(), Epoch::next(1));
    let mut pipeline = pin!(script.records().commit_every(1, SECOND).process(async |_| Fine::Ok(())));
    script.deliver(epoch, [3, 9, 1_000]);
    assert!(run(&mut pipeline).is_none());
    assert_eq!(script.asked(epoch), Some(1_001));
}

#[test]
fn a_message_that_comes_after_its_epoch_has_ended_is_not_handled() {
    let (script, epoch) = (Script::new(), Epoch::next(1));
    let handled = Cell::new(0);
    let mut pipeline = pin!(script.records().commit_every(1, SECOND).process(async |_| {
        handled.set(handled.get() + 1);
        Fine::Ok(())
    }));
    script.deliver(epoch, [0]);
    assert!(run(&mut pipeline).is_none());
    script.state().events.push_back(Event::Lost(Lost { epochs: vec![epoch] }));
    assert!(run(&mut pipeline).is_none());
    script.deliver(epoch, [1]);
    script.state().is_over = true;
    let report = run(&mut pipeline).unwrap().unwrap();
    assert_eq!((handled.get(), report.processed, script.asked(epoch)), (1, 1, Some(1)));
    assert!(script.state().rewinds.is_empty());
}
