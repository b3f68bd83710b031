//! What a commit by hand does for its pipelines although no receipt comes, and what becomes of them without it, against a source
//! that does what the test says.

mod common;

use std::{
    cell::RefCell,
    future::{Future, pending},
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    sync::atomic::Ordering,
    time::Duration,
};

use common::{
    Fine, TOPIC, cluster, consumer,
    script::{Script, run},
    soon,
};
use futures_util::{FutureExt, StreamExt, TryStreamExt, stream};
use klamm_combinators::{
    Ack, CommitExt, Done, Limits, OnDrop, OnRevoke, PipelineError, Records, RecordsExt, Report, every,
};
use klamm_core::{Epoch, Message};

const SECOND: Duration = Duration::from_secs(1);

type Pipeline<'a> = Pin<Box<dyn Future<Output = Result<Report, PipelineError>> + 'a>>;

/// A pipeline with two messages at once in its operators, of which none is ever done.
fn stuck(records: Records<Script>) -> Pipeline<'static> {
    let receipts = records.deliveries().map_ok(|delivery| async {
        let (_message, ack) = delivery.into_parts();
        pending::<()>().await;
        Ok(ack.done())
    });
    Box::pin(receipts.try_buffer_unordered(2).commit(every(1)))
}

#[test]
fn a_drain_keeps_its_time_although_no_receipt_has_come() {
    let (script, epoch) = (Script::new(), Epoch::next(1));
    let (stop, stopped) = futures_channel::oneshot::channel::<()>();
    let mut pipeline = stuck(script.records().drain_on(stopped, SECOND * 20));
    script.deliver(epoch, 0..5);
    assert!(run(&mut pipeline).is_none());
    stop.send(()).unwrap();
    assert!(run(&mut pipeline).is_none(), "two are not done");
    script.pass(SECOND * 16);
    let report = run(&mut pipeline).expect("four fifths of the time are over").unwrap();
    assert_eq!((report.processed, report.abandoned), (0, 2));
    assert_eq!(script.state().leaving, Some(SECOND * 4));
    assert_eq!(script.state().rewinds, [(epoch, 0)]);
}

#[test]
fn a_revoke_keeps_its_deadline_although_no_receipt_has_come() {
    let (script, epoch) = (Script::new(), Epoch::next(1));
    let mut pipeline = stuck(script.records().on_revoke(OnRevoke::Drain { deadline: SECOND * 5 }));
    script.deliver(epoch, 0..5);
    assert!(run(&mut pipeline).is_none());
    let is_released = script.revoke(vec![epoch], SECOND * 150);
    assert!(run(&mut pipeline).is_none());
    assert!(script.state().events.is_empty(), "it is heard");
    script.pass(SECOND * 4);
    assert!(run(&mut pipeline).is_none());
    assert!(!is_released.load(Ordering::Relaxed), "two are not done, and there is time");
    script.pass(SECOND);
    assert!(run(&mut pipeline).is_none());
    assert!(is_released.load(Ordering::Relaxed));
}

#[test]
fn a_drain_without_a_message_leaves_too() {
    let script = Script::new();
    let (stop, stopped) = futures_channel::oneshot::channel::<()>();
    let mut pipeline = stuck(script.records().drain_on(stopped, SECOND * 20));
    assert!(run(&mut pipeline).is_none());
    stop.send(()).unwrap();
    let report = run(&mut pipeline).expect("nothing is under way").unwrap();
    assert_eq!((report, script.state().leaving), (Report::default(), Some(SECOND * 20)));
}

#[test]
fn each_of_two_pipelines_below_one_commit_is_heard() {
    let (scripts, epoch) = ([Script::new(), Script::new()], Epoch::next(1));
    let [one, other] = scripts.each_ref().map(|script| script.records().deliveries());
    let receipts = stream::select(one, other).map_ok(|delivery| async {
        let (_message, ack) = delivery.into_parts();
        pending::<()>().await;
        Ok(ack.done())
    });
    let mut pipeline: Pipeline<'_> = Box::pin(receipts.try_buffer_unordered(2).commit(every(1)));
    scripts[0].deliver(epoch, 0..3);
    assert!(run(&mut pipeline).is_none());
    for script in &scripts {
        let is_released = script.revoke(vec![Epoch::next(2)], SECOND * 150);
        assert!(run(&mut pipeline).is_none());
        assert!(is_released.load(Ordering::Relaxed), "nothing of it was delivered");
    }
}

/// A commit within the operators of another drives its own pipeline, and leaves the other's to that.
#[test]
fn a_commit_below_another_keeps_to_its_own() {
    let (outer, inner, epoch) = (Script::new(), Script::new(), Epoch::next(1));
    let below = RefCell::new(Some(inner.records().limits(Limits::default().records(1)).deliveries()));
    let receipts = outer.records().deliveries().map_ok(|delivery| {
        let inner = below.borrow_mut().take();
        async {
            if let Some(inner) = inner {
                inner.map_ok(|delivery| delivery.into_parts().1.done()).commit(every(1)).await?;
            }
            Ok(delivery.into_parts().1.done())
        }
    });
    let mut pipeline: Pipeline<'_> = Box::pin(receipts.try_buffer_unordered(1).commit(every(1)));
    outer.deliver(epoch, 0..3);
    inner.deliver(epoch, 0..3);
    inner.state().is_over = true;
    assert!(run(&mut pipeline).is_none());
    assert_eq!((inner.asked(epoch), outer.asked(epoch)), (Some(3), Some(3)));
    outer.deliver(epoch, 3..5);
    outer.state().is_over = true;
    assert_eq!(run(&mut pipeline).expect("it ends").unwrap().processed, 5);
}

/// A pipeline whose first message is done; the acknowledgements of the others are put into `elsewhere`.
fn parted(records: Records<Script>, elsewhere: &RefCell<Vec<Ack>>) -> Pipeline<'_> {
    let receipts = records.deliveries().try_filter_map(async move |delivery| {
        let (message, ack) = delivery.into_parts();
        if message.offset() == 0 {
            return Ok(Some(ack.done()));
        }
        elsewhere.borrow_mut().push(ack);
        Ok(None)
    });
    Box::pin(receipts.commit(every(100)))
}

#[test]
fn a_commit_that_is_dropped_ends_its_pipeline_although_acknowledgements_are_elsewhere() {
    for on_drop in [OnDrop::Hold, OnDrop::Redeliver, OnDrop::Fail] {
        let (script, epoch, acks) = (Script::new(), Epoch::next(1), RefCell::default());
        let mut pipeline = parted(script.records().on_drop(on_drop), &acks);
        script.deliver(epoch, 0..4);
        assert!(run(&mut pipeline).is_none());
        assert_eq!(acks.borrow().len(), 3);
        drop(pipeline);
        assert_eq!(script.asked(epoch), Some(1), "{on_drop:?}");
        assert_eq!(script.state().rewinds, [(epoch, 1)], "{on_drop:?}");
        // They count for nothing any more, whatever is made of them.
        let receipts: Vec<Done> = acks.borrow_mut().drain(..2).map(Ack::done).collect();
        let late = stream::iter(receipts).map(Ok).commit(every(1));
        let late: Result<_, PipelineError> = run(&mut Box::pin(late)).unwrap();
        assert_eq!(late.unwrap(), Report::default(), "{on_drop:?}");
        acks.borrow_mut().clear();
        assert_eq!(script.asked(epoch), Some(1), "{on_drop:?}");
        assert_eq!(script.state().rewinds, [(epoch, 1)], "{on_drop:?}");
    }
}

#[test]
fn a_commit_that_is_dropped_lets_go_of_a_revoke_although_acknowledgements_are_elsewhere() {
    let (script, epoch, acks) = (Script::new(), Epoch::next(1), RefCell::default());
    let mut pipeline = parted(script.records(), &acks);
    script.deliver(epoch, 0..4);
    assert!(run(&mut pipeline).is_none());
    let is_released = script.revoke(vec![epoch], SECOND * 150);
    assert!(run(&mut pipeline).is_none());
    assert!(!is_released.load(Ordering::Relaxed));
    drop(pipeline);
    assert!(is_released.load(Ordering::Relaxed));
    drop(acks);
}

/// A panic in the operators goes through the commit, which then ends its pipelines, and those above it are not mixed up.
#[test]
fn a_panic_below_a_commit_ends_its_pipeline() {
    let (script, epoch, acks) = (Script::new(), Epoch::next(1), RefCell::<Vec<Ack>>::default());
    let receipts = script.records().deliveries().try_filter_map(async |delivery| {
        let (message, ack) = delivery.into_parts();
        if message.offset() == 2 {
            resume_unwind(Box::new("on purpose"));
        }
        acks.borrow_mut().push(ack);
        Ok(None)
    });
    let mut pipeline: Pipeline<'_> = Box::pin(receipts.commit(every(1)));
    script.deliver(epoch, 0..4);
    assert!(catch_unwind(AssertUnwindSafe(|| run(&mut pipeline).is_none())).is_err());
    // Deliveries that are polled without a commit are nobody's.
    let other = Script::new();
    other.deliver(epoch, 0..1);
    let mut deliveries = other.records().deliveries();
    let delivery = deliveries.next().now_or_never().flatten().unwrap().unwrap();
    drop(pipeline);
    let [rewinds, others] = [&script, &other].map(|script| script.state().rewinds.clone());
    assert_eq!((rewinds, others), (vec![(epoch, 0)], Vec::new()));
    drop(delivery);
}

#[tokio::test]
async fn a_consumer_can_be_read_anew_after_its_commit_was_dropped() {
    let cluster = cluster(1, 10);
    let consumer = consumer(cluster.consumer_config("group"));
    let (forward, mut acks) = tokio::sync::mpsc::unbounded_channel();
    let receipts = consumer.records().deliveries().try_filter_map(move |delivery| {
        forward.send(delivery.into_parts().1).unwrap();
        async { Ok(None::<Done>) }
    });
    let pipeline = tokio::spawn(async move { receipts.commit(every(1)).await.map(drop) });
    let ack = soon("a message", acks.recv()).await.unwrap();
    pipeline.abort();
    assert!(soon("the drop", pipeline).await.unwrap_err().is_cancelled());
    let seen = common::Seen::default();
    let handled = seen.clone();
    let anew = tokio::spawn(consumer.records().process(async move |message| {
        handled.add(message);
        Fine::Ok(())
    }));
    seen.reach(10).await;
    assert!(soon("close", consumer.close(SECOND * 20)).await.is_drained);
    assert_eq!(soon("the end", anew).await.unwrap().unwrap().committed, 10);
    assert_eq!(cluster.committed("group", TOPIC, 1).unwrap(), [Some(10)]);
    drop(ack);
}

/// `select_all` polls a stream only if the waker that it gave to it was woken: the commit's waker must not replace it.
#[tokio::test]
async fn deliveries_with_a_waker_of_their_own_go_on_when_the_commit_settles() {
    let (script, epoch) = (Script::new(), Epoch::next(1));
    script.deliver(epoch, 0..3);
    script.state().is_over = true;
    let deliveries = script.records().limits(Limits::default().records(1)).deliveries();
    let pipeline = stream::select_all([deliveries])
        .map_ok(|delivery| async {
            tokio::task::yield_now().await;
            Ok(delivery.into_parts().1.done())
        })
        .try_buffer_unordered(4)
        .commit(every(1));
    let report: Report = soon("every message", pipeline).await.unwrap();
    assert_eq!(report.committed, 3);
}

/// The deliveries in one task, their commit in another.
#[tokio::test]
async fn deliveries_and_their_commit_in_two_tasks_hear_of_each_other() {
    let (script, epoch) = (Script::new(), Epoch::next(1));
    script.deliver(epoch, 0..100);
    script.state().is_over = true;
    let mut deliveries = script.records().limits(Limits::default().records(1)).deliveries();
    let (send, receipts) = futures_channel::mpsc::unbounded();
    let taking = async {
        while let Some(delivery) = deliveries.next().await {
            let (_, ack) = delivery.unwrap().into_parts();
            send.unbounded_send(Ok::<_, PipelineError>(ack.done())).unwrap();
        }
        drop(send);
    };
    let taking = as_a_task(taking);
    let (report, ()) =
        soon("every message", futures_util::future::join(receipts.commit(every(1)), taking)).await;
    assert_eq!(report.unwrap().committed, 100);
}

/// Polls a future only when its own waker was woken, as a task does.
async fn as_a_task<F: Future>(future: F) -> F::Output {
    let mut alone = stream::FuturesUnordered::from_iter([future]);
    alone.next().await.expect("there is one")
}
