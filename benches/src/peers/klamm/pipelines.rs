//! Klamm's own pipelines.

use std::{convert::Infallible, future::Future, pin::pin, time::Duration};

use anyhow::{Result, bail, ensure};
use futures_util::{TryStreamExt, future::join};
use klamm_combinators::{CommitExt, Delivery, ProcessError, Record, Records, RecordsExt, Report, every};
use klamm_core::{BorrowedMessage, Message, SharedMessage};
use klamm_stream::Consumer;
use tokio::runtime;

use super::gate::Gate;
use crate::{
    area::Meter,
    measure::Work,
    peers::handled::Handled,
    pipelines::{AT_ONCE, COMMIT_EVERY, KEYS_AT_ONCE, Scene, Schedule},
    topic::Topic,
};

/// How long the last commit and leaving the group may take.
const CLOSE_WITHIN: Duration = Duration::from_secs(60);
/// Later than any commit that is due by its messages.
const COMMIT_AFTER: Duration = Duration::from_secs(1);
/// Later than any run ends.
const NEVER: Duration = Duration::from_secs(86_400);

/// Handles the topic in the scene's order, as the only member of its group.
///
/// # Errors
///
/// If the consumer does not start, does not get all messages into its queues, or has not committed all of them in the end.
pub fn pipelines(scene: &Scene, meter: &mut Meter<'_>) -> Result<()> {
    let topic = &scene.topic;
    let consumer = Consumer::builder(scene.member_config()).subscribe([Topic::NAME])?;
    topic.wait_until_fetched(|| consumer.diagnostics().waiting())?;
    let run = Run {
        consumer: &consumer,
        handled: Handled::default(),
        messages: topic.messages(),
        warm_up: scene.warm_up,
        gate: Gate::new(scene.warm_up),
    };
    let records = consumer.records();
    if let Schedule::ByHand | Schedule::ByHandAtOnce = scene.schedule {
        return run.by_hand(scene.schedule, records, meter);
    }
    if scene.warm_up == 0 {
        let records = records.commit_every(COMMIT_EVERY, COMMIT_AFTER);
        return run.schedule(scene.schedule, records, meter, async |message| {
            run.count(message);
            Ok(())
        });
    }
    let records = records.commit_every(usize::MAX, NEVER);
    run.schedule(scene.schedule, records, meter, async |message| {
        run.gate.pass().await;
        run.count(message);
        Ok(())
    })
}

/// What is the same for all pipelines.
struct Run<'r> {
    consumer: &'r Consumer,
    handled: Handled,
    messages: usize,
    warm_up: usize,
    gate: Gate,
}

impl Run<'_> {
    /// Handles a message.
    #[inline]
    fn count(&self, message: &impl Message) {
        self.handled.add(message.payload().map_or(0, <[u8]>::len));
    }

    /// Measures the pipeline of a schedule.
    fn schedule(
        &self,
        schedule: Schedule,
        records: Records<Consumer>,
        meter: &mut Meter<'_>,
        handler: impl AsyncFn(&Record<'_, BorrowedMessage<'_>>) -> Result<(), Infallible>,
    ) -> Result<()> {
        match schedule {
            Schedule::Serial => self.measure(meter, records.process(handler)),
            Schedule::ByPartition => self.measure(meter, records.by_partition().process(handler)),
            Schedule::ByKey => self.measure(meter, records.by_key(KEYS_AT_ONCE).process(handler)),
            Schedule::Unordered => self.measure(meter, records.unordered(AT_ONCE).process(handler)),
            Schedule::ByHand | Schedule::ByHandAtOnce => bail!("{schedule:?} has no handler"),
        }
    }

    /// Measures deliveries and their commit.
    fn by_hand(&self, schedule: Schedule, records: Records<Consumer>, meter: &mut Meter<'_>) -> Result<()> {
        let when = if self.warm_up == 0 {
            every(COMMIT_EVERY).or(COMMIT_AFTER)
        } else {
            every(usize::MAX).or(NEVER)
        };
        let handle = async |delivery: Delivery<SharedMessage>| {
            let (message, ack) = delivery.into_parts();
            if self.warm_up > 0 {
                self.gate.pass().await;
            }
            self.count(&message);
            Ok(ack.done())
        };
        let deliveries = records.deliveries();
        if schedule == Schedule::ByHand {
            return self.measure(meter, deliveries.and_then(handle).commit(when));
        }
        self.measure(meter, deliveries.map_ok(handle).try_buffer_unordered(AT_ONCE).commit(when))
    }

    /// Measures a pipeline from the end of the warm-up until all messages are handled, and has it end.
    fn measure(
        &self,
        meter: &mut Meter<'_>,
        pipeline: impl Future<Output = Result<Report, ProcessError<Infallible>>>,
    ) -> Result<()> {
        let mut pipeline = pin!(pipeline);
        let mut before = Work::default();
        if self.warm_up > 0 {
            before = self.handled.poll_until(self.warm_up, pipeline.as_mut());
            self.gate.open();
        }
        meter(&mut || self.handled.poll_until(self.messages, pipeline.as_mut()) - before);
        let runtime = runtime::Builder::new_current_thread().enable_time().build()?;
        let (_, report) = runtime.block_on(join(self.consumer.close(CLOSE_WITHIN), pipeline));
        let committed = report?.committed;
        ensure!(committed == self.messages as u64, "only {committed} messages are committed in the end");
        Ok(())
    }
}
