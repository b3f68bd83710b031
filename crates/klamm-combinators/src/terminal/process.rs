//! A handler for each message.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::Arc,
};

use klamm_core::contract::Source;

use crate::{
    Concurrent, IntoOutcome, ProcessError, Record, Records, Report, Serial,
    engine::{Ended, Engine},
    schedule::{self, InHand, Line, size},
};

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
    /// revoked the handler that runs is waited for and its message committed, so that a clean restart repeats nothing
    /// ([`on_revoke`](Self::on_revoke) may say otherwise); when it is lost the handler is dropped and its message delivered
    /// again.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the handler where it waits. What was done is committed in the background, the message
    /// under way is delivered again.
    ///
    /// # Errors
    ///
    /// [`ProcessError::Invalid`] if the pipeline cannot work as it was built; [`ProcessError::Handler`] with the message's
    /// topic, partition and offset; [`ProcessError::Source`] if the source cannot go on or its messages are taken;
    /// [`ProcessError::Commit`] if a commit is refused for good; and what the policies say.
    pub async fn process<H, O, E>(self, mut handler: H) -> Result<Report, ProcessError<E>>
    where
        H: AsyncFnMut(&Record<'_, S::Message<'_>>) -> Result<O, E>,
        O: IntoOutcome,
    {
        let Self { source, policies, schedule: Serial } = self;
        policies.check(source.hold_limit()).map_err(ProcessError::Invalid)?;
        let on_panic = policies.on_panic;
        let ended = {
            let revocations = Arc::default();
            let feed = source.feed().map_err(ProcessError::Source)?;
            let engine = Engine::new(&source, feed, policies, Arc::clone(&revocations));
            let mut line = Line::new(engine);
            while let Some(message) = line.next().await {
                {
                    let record = Record::new(message, &revocations);
                    let handler = pin!(handler(&record));
                    line.handle(size(&record), on_panic.guard(handler)).await;
                }
                while let Some(record) = line.next_in_hand(|message| Record::new(message, &revocations)) {
                    let mut handler = pin!(handler(&record));
                    if poll_fn(|cx| line.poll_in_hand(on_panic, handler.as_mut(), cx)).await == InHand::Waits
                    {
                        line.see_through_in_hand(size(&record), on_panic.guard(handler)).await;
                    }
                }
            }
            line.finish().await
        };
        end(&source, ended).await
    }

    /// As [`process`](Self::process), with messages that the handler owns: it may keep them, or send them elsewhere. Still
    /// nothing is copied; each keeps its memory, and the consumer, alive.
    ///
    /// # Delivery
    ///
    /// As of `process`.
    ///
    /// # Cancel safety
    ///
    /// As of `process`.
    ///
    /// # Errors
    ///
    /// As of `process`.
    pub async fn process_shared<H, O, E>(self, mut handler: H) -> Result<Report, ProcessError<E>>
    where
        H: AsyncFnMut(S::SharedMessage) -> Result<O, E>,
        O: IntoOutcome,
    {
        let Self { source, policies, schedule: Serial } = self;
        policies.check(source.hold_limit()).map_err(ProcessError::Invalid)?;
        let on_panic = policies.on_panic;
        let ended = {
            let feed = source.shared_feed().map_err(ProcessError::Source)?;
            let engine = Engine::new(&source, feed, policies, Arc::default());
            let mut line = Line::new(engine);
            while let Some(message) = line.next().await {
                {
                    let bytes = size(&message);
                    let handler = pin!(handler(message));
                    line.handle(bytes, on_panic.guard(handler)).await;
                }
                while let Some(message) = line.next_in_hand(|message| message) {
                    let bytes = size(&message);
                    let mut handler = pin!(handler(message));
                    if poll_fn(|cx| line.poll_in_hand(on_panic, handler.as_mut(), cx)).await == InHand::Waits
                    {
                        line.see_through_in_hand(bytes, on_panic.guard(handler)).await;
                    }
                }
            }
            line.finish().await
        };
        end(&source, ended).await
    }
}

impl<S: Source, K: Concurrent> Records<S, K> {
    /// Handles many messages at once, and commits up to the first that is not done.
    ///
    /// The handlers run on the task that awaits this; they share what the closure has captured. Starting one allocates
    /// nothing. Inside a spawned task the closure must be `async move`, with captures it owns.
    ///
    /// # Delivery
    ///
    /// At least once. A commit never passes a message that is not done: what was done beyond it is delivered again if the
    /// process ends abruptly. On `Err` nothing more is started, except what waits for its key before one that was; those
    /// that run are waited for, what is done without a gap is committed, and the first error is returned. When a partition is revoked its handlers are waited for and
    /// committed, so that a clean restart repeats nothing ([`on_revoke`](Self::on_revoke) may say otherwise); when it is
    /// lost they are dropped.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the handlers where they wait. What is done without a gap is committed in the background;
    /// everything else is delivered again.
    ///
    /// # Errors
    ///
    /// As of the serial `process`.
    pub async fn process<H, O, E>(self, handler: H) -> Result<Report, ProcessError<E>>
    where
        H: AsyncFn(&Record<'_, S::Message<'_>>) -> Result<O, E>,
        O: IntoOutcome,
    {
        let Self { source, policies, schedule } = self;
        schedule.check().map_err(ProcessError::Invalid)?;
        policies.check(source.hold_limit()).map_err(ProcessError::Invalid)?;
        let on_panic = policies.on_panic;
        let ended = {
            let revocations = Arc::default();
            let feed = source.feed().map_err(ProcessError::Source)?;
            let engine = Engine::new(&source, feed, policies, Arc::clone(&revocations));
            let (handler, revocations) = (&handler, &*revocations);
            let handle = move |message| {
                let record: Record<'_, S::Message<'_>> = Record::new(message, revocations);
                async move { handler(&record).await }
            };
            schedule::run(engine, schedule, on_panic, handle).await
        };
        end(&source, ended).await
    }

    /// As [`process`](Self::process), with messages that the handler owns: it may keep them, or send them elsewhere. Still
    /// nothing is copied; each keeps its memory, and the consumer, alive.
    ///
    /// The closure may capture by reference, where that of `process` in a spawned task may not.
    ///
    /// # Delivery
    ///
    /// As of `process`.
    ///
    /// # Cancel safety
    ///
    /// As of `process`.
    ///
    /// # Errors
    ///
    /// As of `process`.
    pub async fn process_shared<H, O, E, Fut>(self, handler: H) -> Result<Report, ProcessError<E>>
    where
        H: Fn(S::SharedMessage) -> Fut,
        Fut: Future<Output = Result<O, E>>,
        O: IntoOutcome,
    {
        let Self { source, policies, schedule } = self;
        schedule.check().map_err(ProcessError::Invalid)?;
        policies.check(source.hold_limit()).map_err(ProcessError::Invalid)?;
        let on_panic = policies.on_panic;
        let ended = {
            let feed = source.shared_feed().map_err(ProcessError::Source)?;
            let engine = Engine::new(&source, feed, policies, Arc::default());
            let handler = &handler;
            schedule::run(engine, schedule, on_panic, handler).await
        };
        end(&source, ended).await
    }
}

/// Leaves the group, if the pipeline was to end with that.
pub(super) async fn end<S: Source, E>(source: &S, ended: Ended<E>) -> Result<Report, ProcessError<E>> {
    if let Some(within) = ended.leave_within {
        source.leave(within).await;
    }
    ended.result
}
