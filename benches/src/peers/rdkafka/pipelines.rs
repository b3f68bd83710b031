//! The loop over `StreamConsumer::stream`, with each offset stored and the stored ones committed.

use anyhow::{Context, Result};
use futures_util::StreamExt;
use rdkafka::{
    Message,
    consumer::{CommitMode, Consumer},
    error::KafkaError,
    types::RDKafkaErrorCode,
};
use tokio::runtime;

use super::client::{assigned, queued};
use crate::{
    area::Meter,
    peers::handled::Handled,
    pipelines::{COMMIT_EVERY, Scene},
    topic::Topic,
};

/// Reads the topic through `StreamConsumer::stream`, assigned to all its partitions, and commits after every 1,000 messages.
///
/// # Errors
///
/// If the consumer does not start, does not get all messages into its queue, or a commit is refused.
pub fn pipelines(scene: &Scene, meter: &mut Meter<'_>) -> Result<()> {
    let topic = &scene.topic;
    // The consumer spawns a timer of minutes, and asks for nothing else.
    let runtime = runtime::Builder::new_current_thread().enable_time().build()?;
    let _inside = runtime.enter();
    let consumer = assigned(&topic.consumer_config(), Topic::NAME, topic.partitions())?;
    topic.wait_until_fetched(|| queued(&consumer))?;
    let handled = Handled::default();
    let mut outcome = Ok(());
    meter(&mut || {
        handled.poll_until(topic.messages(), async {
            let mut stream = consumer.stream();
            outcome = async {
                while let Some(message) = stream.next().await {
                    let message = message?;
                    handled.add(message.payload().map_or(0, <[u8]>::len));
                    consumer.store_offset_from_message(&message)?;
                    if handled.work().messages % COMMIT_EVERY == 0 {
                        consumer.commit_consumer_state(CommitMode::Async)?;
                    }
                }
                anyhow::Ok(())
            }
            .await;
        })
    });
    outcome?;
    match consumer.commit_consumer_state(CommitMode::Sync) {
        // Everything that is stored was committed before.
        Err(KafkaError::ConsumerCommit(RDKafkaErrorCode::NoOffset)) => Ok(()),
        outcome => outcome.context("the last commit is refused"),
    }
}
