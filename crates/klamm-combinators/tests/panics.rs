//! What a panic in a handler leaves behind, against a source that does what the test says.

mod common;

use std::{
    cell::Cell,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    sync::atomic::Ordering,
    time::Duration,
};

use common::{
    Fine,
    script::{Line, Script, run},
};
use futures_util::{FutureExt, StreamExt, TryStreamExt};
use klamm_combinators::{Ack, CommitExt, Limits, OnDrop, OnPanic, PipelineError, RecordsExt, Report, every};
use klamm_core::{Epoch, Message, TopicPartition};

const SECOND: Duration = Duration::from_secs(1);

type Pipeline<'g> = Pin<Box<dyn Future<Output = Result<Report, PipelineError>> + 'g>>;

/// How a pipeline is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Serial,
    SerialShared,
    ByPartition,
    ByKey,
    ByKeyShared,
    Unordered,
    UnorderedShared,
}

const CONCURRENT: [Kind; 5] =
    [Kind::ByPartition, Kind::ByKey, Kind::ByKeyShared, Kind::Unordered, Kind::UnorderedShared];

/// The handler of all kinds: that of the first partition panics, at its first poll or the one after; that of the other waits
/// until it is let through.
struct Handler {
    first: Epoch,
    panics_at_once: bool,
    is_open: Cell<bool>,
}

/// Panics, without a word on standard error.
fn panic_on_purpose() -> ! {
    resume_unwind(Box::new("on purpose"))
}

impl Handler {
    async fn handle(&self, message: &impl Message) -> Fine {
        if message.epoch() == self.first {
            if !self.panics_at_once {
                tokio::task::yield_now().await;
            }
            panic_on_purpose();
        }
        while !self.is_open.get() {
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    fn pipeline<'g>(&'g self, kind: Kind, script: &Script, limits: Limits) -> Pipeline<'g> {
        let records = script.records().limits(limits).on_panic(OnPanic::Fail);
        let owned = move |message: Line| async move { self.handle(&message).await };
        match kind {
            Kind::Serial => Box::pin(records.process(async |message| self.handle(message).await)),
            Kind::SerialShared => Box::pin(records.process_shared(owned)),
            Kind::ByPartition => {
                Box::pin(records.by_partition().process(async |message| self.handle(message).await))
            }
            Kind::ByKey => Box::pin(records.by_key(8).process(async |message| self.handle(message).await)),
            Kind::ByKeyShared => Box::pin(records.by_key(8).process_shared(owned)),
            Kind::Unordered => {
                Box::pin(records.unordered(8).process(async |message| self.handle(message).await))
            }
            Kind::UnorderedShared => Box::pin(records.unordered(8).process_shared(owned)),
        }
    }
}

fn assert_panicked(result: Option<Result<Report, PipelineError>>, of: Epoch, kind: Kind) {
    match result {
        Some(Err(PipelineError::Panicked { partition, offset: 0, message })) => {
            assert_eq!(partition, TopicPartition::new("script", i32::try_from(of.slot()).unwrap()));
            assert_eq!(message, "on purpose");
        }
        other => panic!("{kind:?}: {other:?}"),
    }
}

/// One is all that may be held: of a pipeline that keeps it something would be missed in the end, by the pipeline itself.
#[test]
fn credits_come_back_from_a_handler_that_panics() {
    for kind in [Kind::Serial, Kind::SerialShared].into_iter().chain(CONCURRENT) {
        for panics_at_once in [true, false] {
            let (script, first) = (Script::new(), Epoch::next(1));
            let handler = Handler { first, panics_at_once, is_open: Cell::new(true) };
            let mut pipeline = handler.pipeline(kind, &script, Limits::default().records(1));
            script.deliver(first, [0, 1]);
            assert_panicked(run(&mut pipeline), first, kind);
            drop(pipeline);
            assert_eq!(script.asked(first), None, "{kind:?}");
            assert_eq!(script.state().rewinds, [(first, 0)], "{kind:?}");
        }
    }
}

#[test]
fn a_partition_goes_although_a_handler_of_it_has_panicked_and_others_run() {
    for kind in CONCURRENT {
        let (script, first, other) = (Script::new(), Epoch::next(1), Epoch::next(2));
        let handler = Handler { first, panics_at_once: false, is_open: Cell::new(false) };
        let mut pipeline = handler.pipeline(kind, &script, Limits::default());
        script.deliver(other, [0]);
        script.deliver(first, [0]);
        assert!(run(&mut pipeline).is_none(), "{kind:?} waits for the other partition's");
        let is_released = script.revoke(vec![first], SECOND * 150);
        assert!(run(&mut pipeline).is_none());
        assert!(is_released.load(Ordering::Relaxed), "{kind:?}: nothing of it runs any more");
        handler.is_open.set(true);
        assert_panicked(run(&mut pipeline), first, kind);
        assert_eq!((script.asked(first), script.asked(other)), (None, Some(1)), "{kind:?}");
    }
}

/// Takes what is delivered now.
fn take(
    deliveries: &mut (impl StreamExt<Item = Result<klamm_combinators::Delivery<Line>, PipelineError>> + Unpin),
) -> Vec<Ack> {
    std::iter::from_fn(|| deliveries.next().now_or_never().flatten())
        .map(|delivery| delivery.unwrap().into_parts().1)
        .collect()
}

#[test]
fn credits_come_back_from_whoever_panics_with_an_acknowledgement() {
    /// What is in hand at the panic.
    type Hold = fn(Ack) -> Box<dyn std::any::Any>;
    let holds: [Hold; 3] = [|ack| Box::new(ack), |ack| Box::new(ack.done()), |ack| Box::new(ack.fork::<2>())];
    for on_drop in [OnDrop::Hold, OnDrop::Redeliver] {
        for hold in holds {
            let (script, epoch) = (Script::new(), Epoch::next(1));
            let limits = Limits::default().records(1);
            let mut deliveries = script.records().limits(limits).on_drop(on_drop).deliveries();
            script.deliver(epoch, 0..3);
            let mut acks = take(&mut deliveries);
            assert_eq!(acks.len(), 1, "one may be held");
            let held = hold(acks.remove(0));
            let panics = || {
                let _held = held;
                panic_on_purpose();
            };
            assert!(catch_unwind(AssertUnwindSafe(panics)).is_err());
            assert_eq!(take(&mut deliveries).len(), 1, "{on_drop:?}: the next is delivered");
        }
    }
}

#[test]
fn an_operator_that_outlives_panics_goes_on_with_what_comes_next() {
    let (script, epoch) = (Script::new(), Epoch::next(1));
    let deliveries = script.records().limits(Limits::default().records(1)).deliveries();
    let receipts = deliveries.map_ok(|delivery| {
        let work = async {
            let (message, ack) = delivery.into_parts();
            if message.offset() == 1 {
                panic_on_purpose();
            }
            ack.done()
        };
        AssertUnwindSafe(work).catch_unwind().map(Ok)
    });
    let receipts = receipts.try_buffer_unordered(4).try_filter_map(async |done| Ok(done.ok()));
    let mut pipeline = Box::pin(receipts.commit(every(1)));
    script.deliver(epoch, 0..4);
    script.state().is_over = true;
    let report = run(&mut pipeline).expect("everything was delivered").unwrap();
    assert_eq!((report.processed, report.abandoned, script.asked(epoch)), (3, 1, Some(1)));
    assert_eq!(script.state().rewinds, [(epoch, 1)]);
}
