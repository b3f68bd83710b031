//! What `docs/combinators.md` says of every kind of pipeline, each kind held to it in the same way.

mod common;

use std::{cell::Cell, fmt, future::Future, pin::Pin, sync::atomic::Ordering, time::Duration};

use common::{
    Fine, Seen, TOPIC, cluster, consumer,
    script::{Script, run},
    soon,
};
use futures_util::TryStreamExt;
use klamm_combinators::{CommitExt, Limits, PipelineError, RecordsExt, Report, every};
use klamm_core::{
    Epoch, Message,
    contract::{Event, Lost},
};

const SECOND: Duration = Duration::from_secs(1);

type Pipeline<'g> = Pin<Box<dyn Future<Output = Result<Report, String>> + 'g>>;

/// How a pipeline is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Serial,
    SerialShared,
    ByPartition,
    ByKey,
    Unordered,
    UnorderedShared,
    ByHand,
}

const KINDS: [Kind; 7] = [
    Kind::Serial,
    Kind::SerialShared,
    Kind::ByPartition,
    Kind::ByKey,
    Kind::Unordered,
    Kind::UnorderedShared,
    Kind::ByHand,
];

#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error("the handler")]
    Handler,
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
}

/// The handler of all kinds: offset 1 waits until it is let through, 2 fails, and the others are done at once.
#[derive(Default)]
struct Gate {
    is_open: Cell<bool>,
    dropped: Cell<u32>,
    finished: Cell<u32>,
}

/// Counts a handler that does not come to its end.
struct Started<'g>(&'g Gate);

impl Drop for Started<'_> {
    fn drop(&mut self) {
        self.0.dropped.set(self.0.dropped.get() + 1);
    }
}

impl Gate {
    async fn pass(&self, offset: i64) -> Result<(), Failed> {
        let started = Started(self);
        while offset == 1 && !self.is_open.get() {
            tokio::task::yield_now().await;
        }
        std::mem::forget(started);
        self.finished.set(self.finished.get() + 1);
        if offset == 2 { Err(Failed::Handler) } else { Ok(()) }
    }

    fn pipeline<'g>(&'g self, kind: Kind, script: &Script) -> Pipeline<'g> {
        let records = script.records();
        match kind {
            Kind::Serial => said(records.process(async |message| self.pass(message.offset()).await)),
            Kind::SerialShared => said(
                records
                    .process_shared(async |message: common::script::Line| self.pass(message.offset()).await),
            ),
            Kind::ByPartition => {
                said(records.by_partition().process(async |message| self.pass(message.offset()).await))
            }
            Kind::ByKey => said(records.by_key(8).process(async |message| self.pass(message.offset()).await)),
            Kind::Unordered => {
                said(records.unordered(8).process(async |message| self.pass(message.offset()).await))
            }
            Kind::UnorderedShared => {
                said(records.unordered(8).process_shared(|message| self.pass(message.offset())))
            }
            Kind::ByHand => {
                let deliveries = records.deliveries().map_err(Failed::from).map_ok(|delivery| async {
                    let (message, ack) = delivery.into_parts();
                    self.pass(message.offset()).await?;
                    Ok(ack.done())
                });
                said(deliveries.try_buffer_unordered(8).commit(every(1_000)))
            }
        }
    }
}

fn said<'g, E: fmt::Debug>(ends: impl Future<Output = Result<Report, E>> + 'g) -> Pipeline<'g> {
    Box::pin(async { ends.await.map_err(|error| format!("{error:?}")) })
}

#[test]
fn a_revoke_waits_for_what_was_started_and_commits_it_in_every_pipeline() {
    for kind in KINDS {
        let (script, epoch, gate) = (Script::new(), Epoch::next(1), Gate::default());
        let mut pipeline = gate.pipeline(kind, &script);
        script.deliver(epoch, [0, 1]);
        assert!(run(&mut pipeline).is_none());
        let is_released = script.revoke(vec![epoch], SECOND * 150);
        assert!(run(&mut pipeline).is_none());
        assert!(!is_released.load(Ordering::Relaxed), "{kind:?} did not wait");
        gate.is_open.set(true);
        assert!(run(&mut pipeline).is_none());
        assert!(is_released.load(Ordering::Relaxed), "{kind:?} still holds it");
        assert_eq!(script.asked(epoch), Some(2), "{kind:?}");
        script.state().is_over = true;
        let report = run(&mut pipeline).unwrap().unwrap();
        assert_eq!((report.processed, report.committed, report.revokes), (2, 2, 1), "{kind:?}");
        assert!(script.state().rewinds.is_empty(), "{kind:?} has something delivered again");
    }
}

#[test]
fn a_lost_partition_is_committed_by_no_pipeline() {
    for kind in KINDS {
        let (script, epoch, gate) = (Script::new(), Epoch::next(1), Gate::default());
        let mut pipeline = gate.pipeline(kind, &script);
        script.deliver(epoch, [0, 1]);
        assert!(run(&mut pipeline).is_none());
        script.state().events.push_back(Event::Lost(Lost { epochs: vec![epoch] }));
        assert!(run(&mut pipeline).is_none());
        // What is worked on by hand cannot be dropped from here; what it says is not heard.
        assert_eq!(gate.dropped.get(), u32::from(kind != Kind::ByHand), "{kind:?}");
        gate.is_open.set(true);
        script.state().is_over = true;
        let report = run(&mut pipeline).unwrap().unwrap();
        let gone = if kind == Kind::ByHand { (0, 1) } else { (1, 0) };
        assert_eq!((report.abandoned, report.stale), gone, "{kind:?}");
        assert_eq!((report.committed, script.asked(epoch)), (0, None), "{kind:?}");
    }
}

#[test]
fn a_pipeline_that_is_dropped_commits_what_is_done_and_has_the_rest_delivered_again() {
    for kind in KINDS {
        let (script, epoch, gate) = (Script::new(), Epoch::next(1), Gate::default());
        let mut pipeline = gate.pipeline(kind, &script);
        script.deliver(epoch, [0, 1, 3]);
        assert!(run(&mut pipeline).is_none());
        assert_eq!(script.asked(epoch), None);
        drop(pipeline);
        assert_eq!((gate.dropped.get(), script.asked(epoch)), (1, Some(1)), "{kind:?}");
        assert_eq!(script.state().rewinds, [(epoch, 1)], "{kind:?}");
    }
}

#[test]
fn an_error_ends_every_pipeline_and_its_message_is_delivered_again() {
    for kind in KINDS {
        let (script, epoch, gate) = (Script::new(), Epoch::next(1), Gate::default());
        gate.is_open.set(true);
        let mut pipeline = gate.pipeline(kind, &script);
        script.deliver(epoch, 0..5);
        let error = run(&mut pipeline).expect("it stops").unwrap_err();
        assert!(error.contains("Handler"), "{kind:?}: {error}");
        assert_eq!(script.asked(epoch), Some(2), "{kind:?}");
        assert_eq!(script.state().rewinds, [(epoch, 2)], "{kind:?}");
    }
}

#[test]
fn by_hand_messages_come_in_order_and_are_done_in_any() {
    let (script, epoch) = (Script::new(), Epoch::next(1));
    let mut delivered = Vec::new();
    script.deliver(epoch, 0..20);
    script.state().is_over = true;
    let deliveries = script.records().deliveries().map_ok(|delivery| {
        delivered.push(delivery.value().offset());
        async {
            let (message, ack) = delivery.into_parts();
            for _ in message.offset()..20 {
                tokio::task::yield_now().await;
            }
            Ok::<_, PipelineError>(ack.done())
        }
    });
    let mut pipeline = Box::pin(deliveries.try_buffer_unordered(8).commit(every(1)));
    let report = loop {
        if let Some(report) = run(&mut pipeline) {
            break report.unwrap();
        }
    };
    drop(pipeline);
    assert_eq!(delivered, (0..20).collect::<Vec<_>>());
    assert_eq!((report.committed, script.asked(epoch)), (20, Some(20)));
}

/// More of them than there are marks, so that a mark of a later one would be taken for that of one before.
#[test]
fn messages_that_are_done_at_once_count_behind_one_that_is_not() {
    for limit in [1_000, 4_096] {
        let (script, epoch, gate) = (Script::new(), Epoch::next(1), Gate::default());
        let records = script.records().limits(Limits::default().per_partition(limit)).unordered(8);
        let mut pipeline = Box::pin(records.commit_every(1, SECOND).process(async |message| {
            if message.offset() == 5 {
                std::future::pending::<()>().await;
            }
            gate.pass(message.offset() + 1).await
        }));
        // Offset 0 waits, 5 is never done, and 1 would fail: it is left out.
        script.deliver(epoch, [0].into_iter().chain(2..20_000));
        assert!(run(&mut pipeline).is_none());
        assert_eq!(script.state().messages.len(), 19_999 - limit);
        assert_eq!(script.state().withheld, [epoch]);
        gate.is_open.set(true);
        assert!(run(&mut pipeline).is_none());
        assert_eq!(script.asked(epoch), Some(5), "committed over what is not done");
    }
}

#[test]
fn a_message_waits_for_the_one_before_it_where_the_schedule_says_so() {
    for kind in KINDS {
        let (script, epoch, gate) = (Script::new(), Epoch::next(1), Gate::default());
        let mut pipeline = gate.pipeline(kind, &script);
        script.deliver(epoch, [0, 1, 3]);
        assert!(run(&mut pipeline).is_none());
        let is_ordered = matches!(kind, Kind::Serial | Kind::SerialShared | Kind::ByPartition);
        assert_eq!(gate.finished.get(), if is_ordered { 1 } else { 2 }, "{kind:?}");
        gate.is_open.set(true);
        script.state().is_over = true;
        assert_eq!(run(&mut pipeline).unwrap().unwrap().processed, 3, "{kind:?}");
    }
}

#[tokio::test]
async fn a_pipeline_for_each_partition_ends_with_it_and_reports_its_own() {
    let cluster = cluster(2, 100);
    let consumer = consumer(cluster.consumer_config("group"));
    let (seen, mut tasks) = (Seen::default(), Vec::new());
    let mut partitions = consumer.partitions();
    for _ in 0..2 {
        let partition = soon("a partition", partitions.try_next()).await.unwrap().unwrap();
        let seen = seen.clone();
        let mut next = 0;
        let pipeline = partition.records().process(async move |message| {
            assert_eq!(message.offset(), next);
            next += 1;
            seen.add(message);
            Fine::Ok(())
        });
        tasks.push(tokio::spawn(pipeline));
    }
    seen.reach(100).await;
    assert!(soon("close", consumer.close(SECOND * 20)).await.is_drained);
    for task in tasks {
        let report = soon("the end", task).await.unwrap().unwrap();
        assert_eq!((report.processed, report.committed, report.revokes), (50, 50, 1));
    }
    assert_eq!(cluster.committed("group", TOPIC, 2).unwrap(), [Some(50); 2]);
    assert_eq!(seen.repeated(), 0);
}
