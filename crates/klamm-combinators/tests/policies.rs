//! What the policies do, against a source that does what the test says, in a time that the test moves.

mod common;

use std::{
    cell::Cell,
    future::pending,
    pin::pin,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use common::{
    Fine,
    script::{Script, run},
};
use futures_channel::oneshot;
use klamm_combinators::{Limits, OnRevoke, ProcessError, RecordsExt, Stall};
use klamm_core::{Epoch, Message};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn drain_waits_until_its_deadline_and_commits_what_is_done() {
    let (script, epoch) = (Script::new(), Epoch::next(1));
    let drain = OnRevoke::Drain { deadline: SECOND * 5 };
    let mut pipeline = Box::pin(script.records().unordered(2).on_revoke(drain).process(async |message| {
        if message.offset() == 1 {
            pending::<()>().await;
        }
        Fine::Ok(())
    }));
    script.deliver(epoch, [0, 1]);
    assert!(run(&mut pipeline).is_none());
    let is_released = script.revoke(vec![epoch], SECOND * 150);
    assert!(run(&mut pipeline).is_none());
    script.pass(SECOND * 4);
    assert!(run(&mut pipeline).is_none());
    assert!(!is_released.load(Ordering::Relaxed), "a handler runs, and there is time");
    script.pass(SECOND);
    assert!(run(&mut pipeline).is_none());
    assert!(is_released.load(Ordering::Relaxed));
    script.state().is_over = true;
    let report = run(&mut pipeline).unwrap().unwrap();
    assert_eq!((report.processed, report.abandoned, report.committed, report.revokes), (1, 1, 1, 1));
    assert_eq!(script.asked(epoch), Some(1));
    assert!(script.state().rewinds.is_empty());
}

#[test]
fn cancel_drops_the_handlers_at_once() {
    let (script, epoch) = (Script::new(), Epoch::next(1));
    let mut pipeline =
        Box::pin(script.records().unordered(4).on_revoke(OnRevoke::Cancel).process(async |message| {
            if message.offset() > 0 {
                pending::<()>().await;
            }
            Fine::Ok(())
        }));
    script.deliver(epoch, 0..3);
    assert!(run(&mut pipeline).is_none());
    let is_released = script.revoke(vec![epoch], SECOND * 150);
    assert!(run(&mut pipeline).is_none());
    assert!(is_released.load(Ordering::Relaxed));
    script.state().is_over = true;
    let report = run(&mut pipeline).unwrap().unwrap();
    assert_eq!((report.processed, report.abandoned, script.asked(epoch)), (1, 2, Some(1)));
}

#[test]
fn detached_handlers_run_on_and_count_for_nothing() {
    let (script, epoch) = (Script::new(), Epoch::next(1));
    let gate = Cell::new(false);
    let mut pipeline =
        Box::pin(script.records().unordered(4).on_revoke(OnRevoke::Detach).process(async |_| {
            while !gate.get() {
                futures_util::pending!();
            }
            Fine::Ok(())
        }));
    script.deliver(epoch, 0..3);
    assert!(run(&mut pipeline).is_none());
    let is_released = script.revoke(vec![epoch], SECOND * 150);
    assert!(run(&mut pipeline).is_none());
    assert!(is_released.load(Ordering::Relaxed));
    drop(pipeline);

    // With wakers that work: the handlers finish after their partition has gone.
    let (script, epoch) = (Script::new(), Epoch::next(1));
    let (finish, finished) = oneshot::channel::<()>();
    let finished = Mutex::new(Some(finished));
    let mut pipeline =
        Box::pin(script.records().unordered(4).on_revoke(OnRevoke::Detach).process(async |_| {
            let finished = finished.lock().unwrap().take().unwrap();
            finished.await.unwrap();
            Fine::Ok(())
        }));
    script.deliver(epoch, [0]);
    assert!(run(&mut pipeline).is_none());
    let is_released = script.revoke(vec![epoch], SECOND * 150);
    assert!(run(&mut pipeline).is_none());
    assert!(is_released.load(Ordering::Relaxed));
    finish.send(()).unwrap();
    script.state().is_over = true;
    let report = run(&mut pipeline).unwrap().unwrap();
    assert_eq!((report.processed, report.stale, report.committed), (0, 1, 0));
    assert_eq!(script.asked(epoch), None);
}

#[test]
fn a_handler_is_told_that_its_partition_is_revoked() {
    let (script, old, kept) = (Script::new(), Epoch::next(1), Epoch::next(2));
    let told = AtomicUsize::new(0);
    let mut pipeline = Box::pin(script.records().unordered(4).process(async |message| {
        message.revoked().await;
        told.fetch_add(1, Ordering::Relaxed);
        Fine::Ok(())
    }));
    script.deliver(old, [0, 1]);
    script.deliver(kept, [0]);
    assert!(run(&mut pipeline).is_none());
    assert_eq!(told.load(Ordering::Relaxed), 0);
    let is_released = script.revoke(vec![old], SECOND * 150);
    assert!(run(&mut pipeline).is_none());
    assert_eq!(told.load(Ordering::Relaxed), 2, "those of the partition, and no other");
    assert!(is_released.load(Ordering::Relaxed));
    assert_eq!(script.asked(old), Some(2));
}

#[test]
fn a_drain_waits_commits_and_leaves() {
    let (script, epoch) = (Script::new(), Epoch::next(1));
    let (stop, stopped) = oneshot::channel::<()>();
    let (finish, finished) = oneshot::channel::<()>();
    let finished = Mutex::new(Some(finished));
    let mut pipeline =
        Box::pin(script.records().unordered(4).drain_on(stopped, SECOND * 20).process(async |message| {
            if message.offset() == 1 {
                let finished = finished.lock().unwrap().take().unwrap();
                finished.await.unwrap();
            }
            Fine::Ok(())
        }));
    script.deliver(epoch, 0..3);
    assert!(run(&mut pipeline).is_none());
    stop.send(()).unwrap();
    assert!(run(&mut pipeline).is_none(), "a handler runs");
    script.deliver(epoch, 3..9);
    assert!(run(&mut pipeline).is_none());
    finish.send(()).unwrap();
    script.pass(SECOND * 5);
    let report = run(&mut pipeline).expect("it has drained").unwrap();
    assert_eq!((report.processed, report.committed, report.abandoned), (3, 3, 0));
    assert_eq!(script.state().leaving, Some(SECOND * 15));
    assert_eq!(script.state().messages.len(), 6, "nothing more was started");
}

#[test]
fn a_drain_ends_within_its_time_whatever_runs() {
    let (script, epoch) = (Script::new(), Epoch::next(1));
    let (stop, stopped) = oneshot::channel::<()>();
    let mut pipeline =
        Box::pin(script.records().unordered(4).drain_on(stopped, SECOND * 20).process(async |message| {
            if message.offset() == 1 {
                pending::<()>().await;
            }
            Fine::Ok(())
        }));
    script.deliver(epoch, 0..3);
    script.state().silent = true;
    assert!(run(&mut pipeline).is_none());
    stop.send(()).unwrap();
    assert!(run(&mut pipeline).is_none());
    script.pass(SECOND * 16);
    assert!(run(&mut pipeline).is_none(), "the commit is not answered");
    script.pass(SECOND * 4);
    let report = run(&mut pipeline).expect("the time is over").unwrap();
    assert_eq!((report.processed, report.committed, report.abandoned), (2, 0, 1));
    assert_eq!(script.asked(epoch), Some(1));
    assert_eq!(script.state().leaving, Some(Duration::ZERO));
    assert_eq!(script.state().rewinds, [(epoch, 1)]);
}

#[test]
fn a_partition_with_too_many_undone_is_not_served_and_the_others_are() {
    let (script, blocked, other) = (Script::new(), Epoch::next(1), Epoch::next(2));
    let (finish, finished) = oneshot::channel::<()>();
    let finished = Mutex::new(Some(finished));
    let limits = Limits::default().per_partition(10);
    let mut pipeline = Box::pin(
        script.records().unordered(64).limits(limits).commit_every(1, SECOND).process(async |message| {
            if (message.epoch(), message.offset()) == (blocked, 0) {
                let finished = finished.lock().unwrap().take().unwrap();
                finished.await.unwrap();
            } else if message.epoch() == blocked {
                // Not at once, so that it is held.
                futures_util::pending!();
            }
            Fine::Ok(())
        }),
    );
    script.deliver(blocked, 0..20);
    script.deliver(other, 0..20);
    assert!(run(&mut pipeline).is_none());
    assert_eq!(script.state().withheld, [blocked]);
    assert_eq!(script.state().messages.len(), 10);
    assert_eq!(script.asked(other), Some(20));
    // Half of them must be done before it is served again, and they cannot be committed over the first.
    finish.send(()).unwrap();
    assert!(run(&mut pipeline).is_none());
    assert_eq!(script.asked(blocked), Some(1));
}

#[test]
fn no_more_bytes_are_held_than_may_be() {
    let (script, epoch) = (Script::new(), Epoch::next(1));
    let running = Cell::new(0);
    let limits = Limits::default().bytes(10);
    let mut pipeline = Box::pin(script.records().unordered(64).limits(limits).process(async |_| {
        running.set(running.get() + 1);
        pending::<Fine>().await
    }));
    for offset in 0..20 {
        script.deliver_keyed(epoch, offset, "four");
    }
    assert!(run(&mut pipeline).is_none());
    assert_eq!(running.get(), 3, "the third goes beyond 10 bytes, and is the last");
}

#[test]
fn no_more_records_are_held_than_may_be() {
    let (script, epoch) = (Script::new(), Epoch::next(1));
    let limits = Limits::default().records(3);
    let mut pipeline =
        Box::pin(script.records().by_key(64).limits(limits).process(async |_| pending::<Fine>().await));
    for offset in 0..20 {
        script.deliver_keyed(epoch, offset, "one key");
    }
    assert!(run(&mut pipeline).is_none());
    assert_eq!(script.state().messages.len(), 17, "one runs, two wait for it");
}

/// What `process` says to a pipeline that cannot work.
fn refused(
    process: impl Future<Output = Result<klamm_combinators::Report, ProcessError<std::convert::Infallible>>>,
) -> (&'static str, String) {
    let mut process = pin!(process);
    match run(&mut process) {
        Some(Err(ProcessError::Invalid(invalid))) => (invalid.policy(), invalid.to_string()),
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn what_cannot_work_is_refused_with_its_reason_before_a_message_is_taken() {
    let script = Script::new();
    script.deliver(Epoch::next(1), 0..3);
    let fine = async |_: &klamm_combinators::Record<'_, _>| Fine::Ok(());
    let zero = Duration::ZERO;
    let records = || script.records();
    let cases = [
        (refused(records().unordered(0).process(fine)), "unordered"),
        (refused(records().by_key(0).process(fine)), "by_key"),
        (refused(records().commit_every(0, SECOND).process(fine)), "commit_every"),
        (refused(records().limits(Limits::default().records(0)).process(fine)), "limits"),
        (refused(records().limits(Limits::default().bytes(0)).process(fine)), "limits"),
        (refused(records().limits(Limits::default().per_partition(0)).process(fine)), "limits"),
        (refused(records().limits(Limits::default().per_partition(5_000)).process(fine)), "limits"),
        (refused(records().on_revoke(OnRevoke::Drain { deadline: zero }).process(fine)), "on_revoke"),
        (refused(records().on_revoke(OnRevoke::Drain { deadline: SECOND * 151 }).process(fine)), "on_revoke"),
        (refused(records().stall_after(zero, Stall::Warn).process(fine)), "stall_after"),
        (refused(records().drain_on(pending::<()>(), zero).process(fine)), "drain_on"),
    ];
    for ((policy, text), expected) in cases {
        assert_eq!(policy, expected, "{text}");
        assert!(text.len() > policy.len() + 10, "no reason: {text}");
    }
    assert_eq!(script.state().messages.len(), 3);
}
