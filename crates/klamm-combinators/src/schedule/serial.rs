//! One message at a time.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

use klamm_core::{Message, TopicPartition, contract::Source};

use crate::{ProcessError, Records, Report, engine::Engine};

/// One message at a time: the schedule of a pipeline that was given no other.
#[derive(Clone, Copy, Debug)]
pub struct Serial;

impl<S: Source> Records<S, Serial> {
    /// Handles one message after the other, and commits those that are done.
    ///
    /// The handler may keep and change state of its own. It borrows the message, and may hold it across `await`. Inside a
    /// spawned task it must be `async move`, with captures it owns.
    ///
    /// # Delivery
    ///
    /// At least once. A message counts as done when its handler has returned `Ok`; on `Err` the pipeline stops, commits
    /// what came before, and the message is delivered again to whoever reads the partition next. When a partition is
    /// revoked the handler that runs is waited for and its message committed, so that a clean restart repeats nothing;
    /// when it is lost the handler is dropped and its message delivered again.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the handler where it waits. What was done is committed in the background, the message
    /// under way is delivered again.
    ///
    /// # Errors
    ///
    /// [`ProcessError::Handler`] with the message's topic, partition and offset; [`ProcessError::Source`] if the source
    /// cannot go on or its messages are taken; [`ProcessError::Commit`] if a commit is refused for good.
    pub async fn process<H, E>(self, mut handler: H) -> Result<Report, ProcessError<E>>
    where
        H: AsyncFnMut(&S::Message<'_>) -> Result<(), E>,
    {
        let Self { source, trigger, schedule: Serial } = self;
        let mut engine = Engine::open(&source, trigger).map_err(ProcessError::Source)?;
        let mut failed = None;
        while let Some((message, ticket)) = poll_fn(|cx| engine.poll_next(cx)).await {
            let outcome = {
                let mut handling = pin!(handler(&message));
                poll_fn(|cx| {
                    if let Poll::Ready(outcome) = handling.as_mut().poll(cx) {
                        return Poll::Ready(Some(outcome));
                    }
                    engine.poll_meanwhile(cx);
                    if engine.is_lost(ticket.epoch) { Poll::Ready(None) } else { Poll::Pending }
                })
                .await
            };
            engine.forget_lost();
            match outcome {
                Some(Ok(())) => engine.settle(ticket),
                None => engine.abandon(ticket),
                Some(Err(error)) => {
                    failed = Some(handler_failed(&message, error));
                    engine.fail(ticket);
                }
            }
        }
        engine.finish(failed).await
    }
}

/// Names the message whose handler failed.
pub(super) fn handler_failed<E>(message: &impl Message, source: E) -> ProcessError<E> {
    let partition = TopicPartition::new(message.topic(), message.partition());
    ProcessError::Handler { partition, offset: message.offset(), source }
}
