//! Klamm's own pipelines.

use std::{convert::Infallible, future::Future, pin::pin, time::Duration};

use anyhow::{Result, ensure};
use futures_util::future::join;
use klamm_combinators::{ProcessError, RecordsExt, Report};
use klamm_core::{BorrowedMessage, Message};
use klamm_stream::Consumer;
use tokio::runtime;

use crate::{
    area::Meter,
    peers::handled::Handled,
    pipelines::{AT_ONCE, COMMIT_EVERY, Scene, Schedule},
    topic::Topic,
};

/// How long the last commit and leaving the group may take.
const CLOSE_WITHIN: Duration = Duration::from_secs(60);
/// Later than any commit that is due by its messages.
const COMMIT_AFTER: Duration = Duration::from_secs(1);

/// Handles the topic in the scene's order, as the only member of its group.
///
/// # Errors
///
/// If the consumer does not start, does not get all messages into its queues, or has not committed all of them in the end.
pub fn pipelines(scene: &Scene, meter: &mut Meter<'_>) -> Result<()> {
    let topic = &scene.topic;
    let consumer = Consumer::builder(topic.consumer_config()).subscribe([Topic::NAME])?;
    topic.wait_until_fetched(|| consumer.diagnostics().waiting())?;
    let handled = Handled::default();
    let handler = async |message: &BorrowedMessage<'_>| {
        handled.add(message.payload().map_or(0, <[u8]>::len));
        Ok::<_, Infallible>(())
    };
    let records = consumer.records().commit_every(COMMIT_EVERY, COMMIT_AFTER);
    let run = Run { consumer: &consumer, handled: &handled, messages: topic.messages() };
    match scene.schedule {
        Schedule::Serial => run.measure(meter, records.process(handler)),
        Schedule::Unordered => run.measure(meter, records.unordered(AT_ONCE).process(handler)),
    }
}

/// What is the same for all pipelines.
struct Run<'r> {
    consumer: &'r Consumer,
    handled: &'r Handled,
    messages: usize,
}

impl Run<'_> {
    /// Measures a pipeline until all messages are handled, and has it end.
    fn measure(
        &self,
        meter: &mut Meter<'_>,
        pipeline: impl Future<Output = Result<Report, ProcessError<Infallible>>>,
    ) -> Result<()> {
        let mut pipeline = pin!(pipeline);
        meter(&mut || self.handled.poll_until(self.messages, pipeline.as_mut()));
        let runtime = runtime::Builder::new_current_thread().enable_time().build()?;
        let (_, report) = runtime.block_on(join(self.consumer.close(CLOSE_WITHIN), pipeline));
        let committed = report?.committed;
        ensure!(committed == self.messages as u64, "only {committed} messages are committed in the end");
        Ok(())
    }
}
