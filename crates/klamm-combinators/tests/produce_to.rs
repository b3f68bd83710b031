//! What a pipeline that produces does, between a source and a producer that do what the test says.

mod common;

use std::{cell::Cell, future::Future, pin::Pin, sync::atomic::Ordering, time::Duration};

use common::script::{Line, Script, run};
use futures_channel::oneshot;
use klamm_combinators::{AnyError, Limits, OnPanic, Outputs, ProcessError, Records, RecordsExt, Report};
use klamm_core::{
    Epoch, Message,
    contract::{ErrorClass, Event, Lost, Outgoing},
};
use klamm_testing::{ScriptedFailure, ScriptedProducer};

const SECOND: Duration = Duration::from_secs(1);

type Ends = Result<Report, ProcessError<AnyError>>;
type Pipeline<'p> = Pin<Box<dyn Future<Output = Ends> + 'p>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Serial,
    ByPartition,
    ByKey,
    Unordered,
}

const KINDS: [Kind; 4] = [Kind::Serial, Kind::ByPartition, Kind::ByKey, Kind::Unordered];
/// Those in which a message waits for the one before it, of the same key.
const ORDERED: [Kind; 3] = [Kind::Serial, Kind::ByPartition, Kind::ByKey];

/// Runs a handler that needs no waiting.
fn pipeline<'p>(
    kind: Kind,
    records: Records<Script>,
    producer: &'p ScriptedProducer,
    handle: impl Fn(i64, &mut Outputs<Outgoing>) -> Result<(), AnyError> + 'p,
) -> Pipeline<'p> {
    match kind {
        Kind::Serial => Box::pin(records.produce_to(producer, async move |m, out| handle(m.offset(), out))),
        Kind::ByPartition => {
            Box::pin(records.by_partition().produce_to(producer, async move |m, out| handle(m.offset(), out)))
        }
        Kind::ByKey => {
            Box::pin(records.by_key(8).produce_to(producer, async move |m, out| handle(m.offset(), out)))
        }
        Kind::Unordered => {
            Box::pin(records.unordered(8).produce_to(producer, async move |m, out| handle(m.offset(), out)))
        }
    }
}

/// One output for each message: its offset.
fn copy(offset: i64, out: &mut Outputs<Outgoing>) -> Result<(), AnyError> {
    out.send("out", None, offset.to_string())
}

/// What was enqueued, as text.
fn payloads(producer: &ScriptedProducer) -> Vec<String> {
    let text = |record: Outgoing| String::from_utf8(record.payload.unwrap().to_vec()).unwrap();
    producer.enqueued().into_iter().map(text).collect()
}

#[test]
fn a_message_is_done_when_its_outputs_are_acknowledged() {
    for kind in KINDS {
        let (script, epoch, producer) = (Script::new(), Epoch::next(1), ScriptedProducer::new());
        producer.hold();
        let records = script.records().commit_every(1, SECOND);
        let mut pipeline = pipeline(kind, records, &producer, copy);
        script.deliver(epoch, 0..3);
        assert!(run(&mut pipeline).is_none());
        // None waits for the acknowledgement of the one before.
        assert_eq!(payloads(&producer), ["0", "1", "2"], "{kind:?}");
        assert_eq!(script.asked(epoch), None, "{kind:?}");
        producer.acknowledge(1);
        assert!(run(&mut pipeline).is_none());
        assert_eq!(script.asked(epoch), None, "{kind:?} has passed over an output");
        producer.acknowledge(0);
        assert!(run(&mut pipeline).is_none());
        assert_eq!(script.asked(epoch), Some(2), "{kind:?}");
        producer.release();
        script.state().is_over = true;
        let report = run(&mut pipeline).unwrap().unwrap();
        assert_eq!((report.processed, report.committed, script.asked(epoch)), (3, 3, Some(3)), "{kind:?}");
        assert_eq!(producer.flushes(), 0, "nobody waited");
    }
}

#[test]
fn every_output_of_a_message_counts_and_none_may_be_none() {
    for kind in KINDS {
        let (script, epoch, producer) = (Script::new(), Epoch::next(1), ScriptedProducer::new());
        producer.hold();
        let records = script.records().commit_every(1, SECOND);
        let mut pipeline = pipeline(kind, records, &producer, |offset, out| {
            (0..offset).for_each(|_| copy(offset, out).unwrap());
            Ok(())
        });
        script.deliver(epoch, [0, 3]);
        assert!(run(&mut pipeline).is_none());
        assert_eq!((payloads(&producer).len(), script.asked(epoch)), (3, Some(1)), "{kind:?}");
        for number in [2, 0] {
            producer.acknowledge(number);
            assert!(run(&mut pipeline).is_none());
            assert_eq!(script.asked(epoch), Some(1), "{kind:?}");
        }
        producer.acknowledge(1);
        assert!(run(&mut pipeline).is_none());
        assert_eq!(script.asked(epoch), Some(4), "{kind:?}");
    }
}

#[test]
fn outputs_are_enqueued_in_the_order_of_their_lane_however_little_room_there_is() {
    for kind in ORDERED {
        let (script, epoch, producer) = (Script::new(), Epoch::next(1), ScriptedProducer::new());
        producer.hold();
        producer.set_room(1);
        let handled = Cell::new(0);
        let mut pipeline = pipeline(kind, script.records(), &producer, |offset, out| {
            handled.set(handled.get() + 1);
            out.send("out", None, format!("{offset}a"))?;
            out.send("out", None, format!("{offset}b"))
        });
        for offset in 0..3 {
            script.deliver_keyed(epoch, offset, "key");
        }
        let expected = ["0a", "0b", "1a", "1b", "2a", "2b"];
        for number in 0..expected.len() {
            assert!(run(&mut pipeline).is_none());
            assert_eq!(payloads(&producer), expected[..=number], "{kind:?}");
            // The next message is handled once both of the one before it are enqueued.
            assert_eq!(handled.get(), 3.min(number.div_ceil(2) + 1), "{kind:?}");
            producer.acknowledge(number);
        }
        script.state().is_over = true;
        assert_eq!(run(&mut pipeline).unwrap().unwrap().committed, 3, "{kind:?}");
    }
}

#[test]
fn a_handler_that_fails_or_panics_sends_nothing() {
    for kind in KINDS {
        for panics in [false, true] {
            let (script, epoch, producer) = (Script::new(), Epoch::next(1), ScriptedProducer::new());
            let records = script.records().on_panic(OnPanic::Fail);
            let mut pipeline = pipeline(kind, records, &producer, |offset, out| {
                copy(offset, out)?;
                match offset {
                    2 if panics => std::panic::resume_unwind(Box::new("on purpose")),
                    2 => Err("on purpose".into()),
                    _ => Ok(()),
                }
            });
            script.deliver(epoch, 0..5);
            match run(&mut pipeline).expect("it stops").unwrap_err() {
                ProcessError::Handler { offset: 2, source, .. } if !panics => {
                    assert_eq!(source.to_string(), "on purpose");
                }
                ProcessError::Panicked { offset: 2, message, .. } if panics => {
                    assert_eq!(message, "on purpose");
                }
                other => panic!("{kind:?}: {other:?}"),
            }
            assert_eq!(payloads(&producer), ["0", "1"], "{kind:?}");
            assert_eq!(script.asked(epoch), Some(2), "{kind:?}");
            assert_eq!(script.state().rewinds, [(epoch, 2)], "{kind:?}");
        }
    }
}

#[test]
fn an_output_that_is_not_delivered_ends_the_pipeline_and_names_its_message() {
    for kind in KINDS {
        let (script, epoch, producer) = (Script::new(), Epoch::next(1), ScriptedProducer::new());
        producer.hold();
        let mut pipeline = pipeline(kind, script.records(), &producer, copy);
        script.deliver(epoch, 0..3);
        assert!(run(&mut pipeline).is_none());
        producer.fail(1, ErrorClass::Refused);
        assert!(run(&mut pipeline).is_none(), "{kind:?} waits for what else is under way");
        assert_eq!(producer.flushes(), 1, "{kind:?}");
        script.deliver(epoch, [3]);
        assert!(run(&mut pipeline).is_none());
        assert_eq!(payloads(&producer), ["0", "1", "2"], "{kind:?} starts more");
        producer.release();
        match run(&mut pipeline).expect("it stops").unwrap_err() {
            ProcessError::Delivery { partition, offset: 1, source } => {
                assert_eq!((&*partition.to_string(), source.class()), ("script[1]", ErrorClass::Refused));
                let failed = &source.downcast_ref::<ScriptedFailure>().unwrap().record;
                assert_eq!(failed.payload.as_deref(), Some(&b"1"[..]));
            }
            other => panic!("{kind:?}: {other:?}"),
        }
        assert_eq!(script.asked(epoch), Some(1), "{kind:?}");
        assert_eq!(script.state().rewinds, [(epoch, 1)], "{kind:?}");
    }
}

#[test]
fn behind_an_output_that_is_refused_nothing_of_its_lane_is_sent() {
    for kind in ORDERED {
        let (script, epoch, producer) = (Script::new(), Epoch::next(1), ScriptedProducer::new());
        producer.refuse("closed", ErrorClass::Fatal);
        let mut pipeline = pipeline(kind, script.records(), &producer, |offset, out| {
            out.send(if offset == 1 { "closed" } else { "out" }, None, offset.to_string())
        });
        for offset in 0..3 {
            script.deliver_keyed(epoch, offset, "key");
        }
        let error = run(&mut pipeline).expect("it stops").unwrap_err();
        assert!(
            matches!(&error, ProcessError::Delivery { offset: 1, source, .. } if source.is_fatal()),
            "{kind:?}: {error:?}"
        );
        assert_eq!(payloads(&producer), ["0"], "{kind:?}");
        assert_eq!(script.state().rewinds, [(epoch, 1)], "{kind:?}");
    }
}

#[test]
fn a_revoke_waits_for_outputs_under_way_and_has_none_linger() {
    for kind in KINDS {
        let (script, epoch, producer) = (Script::new(), Epoch::next(1), ScriptedProducer::new());
        producer.hold();
        let mut pipeline = pipeline(kind, script.records(), &producer, copy);
        script.deliver(epoch, 0..3);
        assert!(run(&mut pipeline).is_none());
        assert_eq!(producer.flushes(), 0, "{kind:?}");
        let is_released = script.revoke(vec![epoch], SECOND * 150);
        assert!(run(&mut pipeline).is_none());
        assert!(!is_released.load(Ordering::Relaxed), "{kind:?} did not wait");
        assert_eq!(producer.flushes(), 1, "{kind:?}");
        producer.release();
        assert!(run(&mut pipeline).is_none());
        assert!(is_released.load(Ordering::Relaxed), "{kind:?} still holds it");
        script.state().is_over = true;
        let report = run(&mut pipeline).unwrap().unwrap();
        assert_eq!((report.processed, report.committed, report.revokes), (3, 3, 1), "{kind:?}");
        assert_eq!((script.asked(epoch), producer.dropped()), (Some(3), 0), "{kind:?}");
        assert!(script.state().rewinds.is_empty(), "{kind:?} has something delivered again");
    }
}

/// The message behind has its outputs under way, so the one before it must not be passed over.
#[test]
fn what_waits_before_one_whose_outputs_are_under_way_is_done_before_the_partition_goes() {
    let (script, epoch, producer) = (Script::new(), Epoch::next(1), ScriptedProducer::new());
    producer.hold();
    let (go_on, gate) = oneshot::channel::<()>();
    let gate = Cell::new(Some(gate));
    let mut pipeline = Box::pin(script.records().by_key(8).produce_to(&producer, async |m, out| {
        if m.offset() == 0 {
            gate.take().unwrap().await.unwrap();
        }
        copy(m.offset(), out)
    }));
    for (offset, key) in [(0, "slow"), (1, "slow"), (2, "quick")] {
        script.deliver_keyed(epoch, offset, key);
    }
    assert!(run(&mut pipeline).is_none());
    assert_eq!(payloads(&producer), ["2"]);
    let is_released = script.revoke(vec![epoch], SECOND * 150);
    assert!(run(&mut pipeline).is_none());
    go_on.send(()).unwrap();
    assert!(run(&mut pipeline).is_none());
    assert_eq!(payloads(&producer), ["2", "0", "1"]);
    producer.release();
    assert!(run(&mut pipeline).is_none());
    assert!(is_released.load(Ordering::Relaxed));
    assert_eq!(script.asked(epoch), Some(3));
}

#[test]
fn a_lost_partition_is_not_waited_for_and_nothing_of_it_is_committed() {
    for kind in KINDS {
        let (script, epoch, kept) = (Script::new(), Epoch::next(1), Epoch::next(2));
        let producer = ScriptedProducer::new();
        producer.hold();
        let mut pipeline = pipeline(kind, script.records(), &producer, copy);
        script.deliver(epoch, 0..3);
        assert!(run(&mut pipeline).is_none());
        script.state().events.push_back(Event::Lost(Lost { epochs: vec![epoch] }));
        assert!(run(&mut pipeline).is_none());
        assert_eq!(producer.dropped(), 3, "{kind:?}");
        producer.release();
        script.deliver(kept, 0..2);
        script.state().is_over = true;
        let report = run(&mut pipeline).unwrap().unwrap();
        assert_eq!((report.abandoned, report.processed, report.committed), (3, 2, 2), "{kind:?}");
        assert_eq!((script.asked(epoch), script.asked(kept)), (None, Some(2)), "{kind:?}");
    }
}

#[test]
fn a_pipeline_that_is_dropped_commits_what_is_acknowledged_and_has_the_rest_delivered_again() {
    for kind in KINDS {
        let (script, epoch, producer) = (Script::new(), Epoch::next(1), ScriptedProducer::new());
        producer.hold();
        let mut pipeline = pipeline(kind, script.records(), &producer, copy);
        script.deliver(epoch, 0..3);
        assert!(run(&mut pipeline).is_none());
        producer.acknowledge(0);
        assert!(run(&mut pipeline).is_none());
        assert_eq!(script.asked(epoch), None, "{kind:?}");
        drop(pipeline);
        assert_eq!((script.asked(epoch), producer.dropped()), (Some(1), 2), "{kind:?}");
        assert_eq!(script.state().rewinds, [(epoch, 1)], "{kind:?}");
    }
}

#[test]
fn a_drain_waits_for_outputs_under_way_within_its_time() {
    for kind in KINDS {
        for in_time in [true, false] {
            let (script, epoch, producer) = (Script::new(), Epoch::next(1), ScriptedProducer::new());
            producer.hold();
            let (stop, stopped) = oneshot::channel::<()>();
            let records = script.records().drain_on(stopped, SECOND * 10);
            let mut pipeline = pipeline(kind, records, &producer, copy);
            script.deliver(epoch, 0..3);
            assert!(run(&mut pipeline).is_none());
            stop.send(()).unwrap();
            assert!(run(&mut pipeline).is_none());
            script.deliver(epoch, [3]);
            assert!(run(&mut pipeline).is_none());
            assert_eq!(producer.flushes(), 1, "{kind:?}");
            if in_time {
                producer.release();
            } else {
                producer.acknowledge(0);
                script.pass(SECOND * 8);
            }
            let report = run(&mut pipeline).expect("it ends").unwrap();
            let expected = if in_time { (0, 3, Some(3)) } else { (2, 1, Some(1)) };
            assert_eq!((report.abandoned, report.committed, script.asked(epoch)), expected, "{kind:?}");
            assert!(script.state().leaving.is_some(), "{kind:?}");
        }
    }
}

#[test]
fn no_more_messages_have_outputs_under_way_than_may_be_held() {
    for kind in KINDS {
        let (script, epoch, producer) = (Script::new(), Epoch::next(1), ScriptedProducer::new());
        producer.hold();
        let records = script.records().limits(Limits::default().records(4));
        let mut pipeline = pipeline(kind, records, &producer, copy);
        script.deliver(epoch, 0..100);
        assert!(run(&mut pipeline).is_none());
        assert_eq!(producer.enqueued().len(), 4, "{kind:?}");
        producer.acknowledge(2);
        assert!(run(&mut pipeline).is_none());
        assert_eq!(producer.enqueued().len(), 5, "{kind:?}");
        producer.release();
        script.state().is_over = true;
        assert_eq!(run(&mut pipeline).unwrap().unwrap().committed, 100, "{kind:?}");
    }
}

#[test]
fn a_serial_handler_keeps_its_state_and_outlives_a_message_that_is_lost() {
    let (script, lost, kept) = (Script::new(), Epoch::next(1), Epoch::next(2));
    let (producer, mut count) = (ScriptedProducer::new(), 0);
    let mut pipeline = Box::pin(script.records().produce_to(&producer, async |m, out| {
        count += 1;
        if m.offset() == 1 {
            std::future::pending::<()>().await;
        }
        out.send("out", None, count.to_string())
    }));
    script.deliver(lost, [0, 1]);
    assert!(run(&mut pipeline).is_none());
    script.state().events.push_back(Event::Lost(Lost { epochs: vec![lost] }));
    script.deliver(kept, [5]);
    script.state().is_over = true;
    let report = run(&mut pipeline).unwrap().unwrap();
    assert_eq!((report.processed, report.abandoned), (2, 1));
    assert_eq!(payloads(&producer), ["1", "3"]);
}

#[test]
fn a_handler_may_name_its_error() {
    #[derive(Debug, thiserror::Error)]
    #[error("no")]
    struct No;
    let (script, epoch, producer) = (Script::new(), Epoch::next(1), ScriptedProducer::new());
    let check = async |line: &Line| if line.offset() < 2 { Ok(()) } else { Err(No) };
    let mut pipeline = Box::pin(script.records().unordered(8).produce_to(&producer, async |m, out| {
        check(m).await?;
        out.push(Outgoing::to("out"));
        Ok(())
    }));
    script.deliver(epoch, 0..3);
    let error = run(&mut pipeline).expect("it stops").unwrap_err();
    assert!(matches!(error, ProcessError::Handler { offset: 2, source: No, .. }), "{error:?}");
    assert_eq!(producer.enqueued(), [Outgoing::to("out"), Outgoing::to("out")]);
}
