//! Acknowledging by hand, against a source that does what the test says.

mod common;

use std::{future::ready, pin::pin, sync::atomic::Ordering, time::Duration};

use common::script::{Script, run};
use futures_util::{FutureExt, StreamExt, TryStreamExt, stream};
use klamm_combinators::{Ack, CommitExt, Done, Limits, OnDrop, PipelineError, RecordsExt, every};
use klamm_core::{
    Epoch, ErrorCode, Message,
    contract::{CommitResult, Event, Lost},
};

const SECOND: Duration = Duration::from_secs(1);

/// Takes what is delivered now.
fn take(
    deliveries: &mut (
             impl StreamExt<Item = Result<klamm_combinators::Delivery<common::script::Line>, PipelineError>>
             + Unpin
         ),
) -> Vec<Ack> {
    std::iter::from_fn(|| deliveries.next().now_or_never().flatten())
        .map(|delivery| delivery.unwrap().into_parts().1)
        .collect()
}

/// Commits receipts, and polls the stream of deliveries beside.
fn commit(
    receipts: Vec<Done>,
) -> impl Future<Output = Result<klamm_combinators::Report, PipelineError>> + Unpin {
    Box::pin(stream::iter(receipts).map(Ok).commit(every(1)))
}

#[test]
fn a_commit_never_passes_a_message_without_a_receipt() {
    let (script, epoch) = (Script::new(), Epoch::next(1));
    let mut deliveries = script.records().deliveries();
    script.deliver(epoch, 0..4);
    let mut acks: Vec<_> = take(&mut deliveries).into_iter().map(Some).collect();
    let mut done = |index: usize| acks[index].take().unwrap().done();
    let receipts = vec![done(1), done(3), done(0)];
    let report = run(&mut commit(receipts)).unwrap().unwrap();
    assert_eq!((report.processed, report.committed, script.asked(epoch)), (3, 2, Some(2)));
}

#[test]
fn the_pipeline_is_as_short_as_it_should_be() {
    let (script, epoch) = (Script::new(), Epoch::next(1));
    let mut pipeline = Box::pin(
        script
            .records()
            .deliveries()
            .map_ok(|delivery| async {
                let (message, ack) = delivery.into_parts();
                Ok(if message.offset() == 3 { ack.skipped("three") } else { ack.done() })
            })
            .try_buffer_unordered(64)
            .commit(every(1_000).or(SECOND)),
    );
    script.deliver(epoch, 0..10);
    assert!(run(&mut pipeline).is_none());
    assert_eq!(script.asked(epoch), None);
    script.pass(SECOND);
    assert!(run(&mut pipeline).is_none());
    assert_eq!(script.asked(epoch), Some(10));
    script.state().is_over = true;
    let report = run(&mut pipeline).unwrap().unwrap();
    assert_eq!((report.processed, report.skipped, report.committed), (9, 1, 10));
}

#[test]
fn a_revoke_waits_for_what_is_delivered_although_the_operators_are_full() {
    let (script, epoch) = (Script::new(), Epoch::next(1));
    let (finish, finished) = futures_channel::oneshot::channel::<()>();
    let finished = finished.shared();
    let mut pipeline = Box::pin(
        script
            .records()
            .deliveries()
            .map_ok(move |delivery| {
                let finished = finished.clone();
                async move {
                    let (message, ack) = delivery.into_parts();
                    if message.offset() > 0 {
                        finished.await.unwrap();
                    }
                    Ok(ack.done())
                }
            })
            .try_buffer_unordered(2)
            .commit(every(1)),
    );
    script.deliver(epoch, 0..10);
    assert!(run(&mut pipeline).is_none());
    assert_eq!(script.asked(epoch), Some(1));
    script.state().messages.clear();
    let is_released = script.revoke(vec![epoch], SECOND * 150);
    assert!(run(&mut pipeline).is_none());
    assert!(!is_released.load(Ordering::Relaxed));
    finish.send(()).unwrap();
    assert!(run(&mut pipeline).is_none());
    assert!(is_released.load(Ordering::Relaxed));
    assert_eq!(script.asked(epoch), Some(3));
}

#[test]
fn an_acknowledgement_after_the_partition_has_gone_counts_for_nothing() {
    let (script, epoch) = (Script::new(), Epoch::next(1));
    let mut deliveries = script.records().deliveries();
    script.deliver(epoch, 0..4);
    let acks = take(&mut deliveries);
    script.state().events.push_back(Event::Lost(Lost { epochs: vec![epoch] }));
    assert!(take(&mut deliveries).is_empty());
    let receipts = acks.into_iter().map(Ack::done).collect();
    let report = run(&mut commit(receipts)).unwrap().unwrap();
    assert_eq!((report.processed, report.stale, script.asked(epoch)), (0, 4, None));
}

#[test]
fn a_dropped_acknowledgement_does_as_the_policy_says() {
    for on_drop in [OnDrop::Hold, OnDrop::Redeliver, OnDrop::Fail] {
        let (script, epoch) = (Script::new(), Epoch::next(1));
        let mut deliveries = script.records().on_drop(on_drop).deliveries();
        script.deliver(epoch, 0..4);
        let mut acks = take(&mut deliveries);
        let receipts = vec![acks.remove(3).done(), acks.remove(0).done()];
        drop(acks.remove(0));
        let after = deliveries.next().now_or_never();
        assert_eq!(script.state().rewinds.len(), usize::from(on_drop == OnDrop::Redeliver), "{on_drop:?}");
        match (on_drop, &after) {
            (OnDrop::Fail, Some(Some(Err(PipelineError::Dropped { offset: 1, partition })))) => {
                assert_eq!(partition.topic.as_ref(), "script");
            }
            (OnDrop::Hold, None) => {}
            (OnDrop::Redeliver, Some(Some(Ok(delivery)))) => assert_eq!(delivery.value().offset(), 0),
            (_, other) => panic!("{on_drop:?}: {other:?}"),
        }
        let report = run(&mut commit(receipts)).unwrap().unwrap();
        // The first message was not committed when the partition was rewound: it comes again with the rest.
        let expected = if on_drop == OnDrop::Redeliver { (0, 2, None) } else { (2, 0, Some(1)) };
        assert_eq!((report.processed, report.stale, script.asked(epoch)), expected, "{on_drop:?}");
        assert_eq!(report.abandoned, 1);
    }
}

#[test]
fn what_is_redelivered_is_acknowledged_anew() {
    let (script, epoch) = (Script::new(), Epoch::next(1));
    let mut deliveries = script.records().on_drop(OnDrop::Redeliver).deliveries();
    script.deliver(epoch, 0..2);
    let mut acks = take(&mut deliveries);
    drop(acks.remove(0));
    let stale = acks.remove(0);
    let mut acks = take(&mut deliveries);
    assert_eq!((script.state().rewinds.clone(), acks.len()), (vec![(epoch, 0)], 2));
    let receipts = vec![stale.done(), acks.remove(0).done()];
    let report = run(&mut commit(receipts)).unwrap().unwrap();
    assert_eq!((report.processed, report.stale, script.asked(epoch)), (1, 1, Some(1)));
}

#[test]
fn a_forked_message_is_done_when_all_parts_are() {
    let (script, epoch) = (Script::new(), Epoch::next(1));
    let mut deliveries = script.records().deliveries();
    script.deliver(epoch, 0..3);
    let mut acks = take(&mut deliveries);
    let [first, second] = acks.remove(0).fork();
    let [second, third] = second.fork();
    let [lost, kept] = acks.remove(0).fork();
    drop(lost);
    let receipts = vec![third.done(), first.done(), kept.done(), acks.remove(0).done()];
    let mut committing = commit(receipts);
    let report = run(&mut committing).unwrap().unwrap();
    assert_eq!((report.processed, script.asked(epoch)), (1, None));
    // The commit has ended, and its pipeline with it.
    drop(second);

    let (script, epoch) = (Script::new(), Epoch::next(1));
    let mut deliveries = script.records().deliveries();
    script.deliver(epoch, 0..1);
    let [a, b, c] = take(&mut deliveries).remove(0).fork();
    let parts = [a, b, c].map(|part| std::thread::spawn(move || part.done()));
    let receipts = parts.into_iter().map(|part| part.join().unwrap()).collect();
    let report = run(&mut commit(receipts)).unwrap().unwrap();
    assert_eq!((report.processed, script.asked(epoch)), (1, Some(1)));
}

#[test]
fn credits_come_back_however_a_delivery_ends() {
    let (script, epoch) = (Script::new(), Epoch::next(1));
    let limits = Limits::default().records(2);
    let mut deliveries = script.records().limits(limits).on_drop(OnDrop::Redeliver).deliveries();
    for round in 0..10 {
        script.deliver(epoch, round * 2..round * 2 + 3);
        let acks = take(&mut deliveries);
        assert_eq!(acks.len(), 2, "round {round}");
        drop(acks);
        script.state().messages.clear();
    }
}

#[test]
fn what_stops_the_pipeline_comes_out_of_the_commit() {
    let (script, epoch) = (Script::new(), Epoch::next(1));
    script.state().answers.push_back(|_| CommitResult::Fatal(ErrorCode::from_raw(30)));
    let pipeline =
        script.records().deliveries().map_ok(|delivery| delivery.into_parts().1.done()).commit(every(1));
    let mut pipeline = pin!(pipeline);
    script.deliver(epoch, 0..3);
    let error = run(&mut pipeline).expect("it stops").unwrap_err();
    assert!(matches!(error, PipelineError::Commit(code) if code == ErrorCode::from_raw(30)), "{error:?}");

    let refused = script.records().limits(Limits::default().records(0)).deliveries();
    let mut pipeline = pin!(refused.map_ok(|delivery| delivery.into_parts().1.done()).commit(every(1)));
    assert!(matches!(run(&mut pipeline), Some(Err(PipelineError::Invalid(_)))));
    let mut pipeline = pin!(
        script.records().deliveries().map_ok(|delivery| delivery.into_parts().1.done()).commit(every(0))
    );
    assert!(matches!(run(&mut pipeline), Some(Err(PipelineError::Invalid(_)))));
}

/// An error of the caller's, which takes in ours.
struct Said(String);

impl From<PipelineError> for Said {
    fn from(error: PipelineError) -> Self {
        Self(error.to_string())
    }
}

#[test]
fn an_error_of_the_operators_ends_it_and_commits_what_came_before() {
    let (script, epoch) = (Script::new(), Epoch::next(1));
    let pipeline = script.records().deliveries().map_err(|error| error.to_string()).and_then(|delivery| {
        let (message, ack) = delivery.into_parts();
        ready(if message.offset() == 2 { Err("two is too much".to_owned()) } else { Ok(ack.done()) })
    });
    let mut pipeline = pin!(pipeline.map_err(Said).commit(every(100)));
    script.deliver(epoch, 0..5);
    let error = run(&mut pipeline).expect("it stops").unwrap_err();
    assert_eq!((error.0.as_str(), script.asked(epoch)), ("two is too much", Some(2)));
    assert_eq!(script.state().rewinds, [(epoch, 2)]);
}

#[test]
fn a_drain_ends_the_deliveries_and_then_the_commit() {
    let (script, epoch) = (Script::new(), Epoch::next(1));
    let (stop, stopped) = futures_channel::oneshot::channel::<()>();
    let mut pipeline = Box::pin(
        script
            .records()
            .drain_on(stopped, SECOND * 20)
            .deliveries()
            .map_ok(|delivery| async {
                let (message, ack) = delivery.into_parts();
                if message.offset() == 1 {
                    std::future::pending::<()>().await;
                }
                Ok(ack.done())
            })
            .try_buffer_unordered(8)
            .commit(every(1)),
    );
    script.deliver(epoch, 0..3);
    assert!(run(&mut pipeline).is_none());
    stop.send(()).unwrap();
    assert!(run(&mut pipeline).is_none(), "one is not done");
    script.pass(SECOND * 16);
    let report = run(&mut pipeline).expect("four fifths of the time are over").unwrap();
    assert_eq!((report.processed, report.committed, report.abandoned), (2, 1, 1));
    assert_eq!(script.state().leaving, Some(SECOND * 4));
}
