//! Many messages at once, in any order.

use std::{future::poll_fn, task::Poll};

use klamm_core::contract::Source;

use super::{serial::handler_failed, slots::Slots};
use crate::{ProcessError, Records, Report, engine::Engine};

/// Many messages at once, in any order.
#[derive(Clone, Copy, Debug)]
pub struct Unordered {
    pub(crate) at_once: usize,
}

impl<S: Source> Records<S, Unordered> {
    /// Handles many messages at once, and commits up to the first that is not done.
    ///
    /// The handlers run on the task that awaits this; they share what the closure has captured. Starting one allocates
    /// nothing. Inside a spawned task the closure must be `async move`, with captures it owns.
    ///
    /// # Delivery
    ///
    /// At least once. A commit never passes a message that is not done: what was done beyond it is delivered again if the
    /// process ends abruptly. On `Err` nothing more is started, those that run are waited for, what is done without a gap
    /// is committed, and the first error is returned. When a partition is revoked its handlers are waited for and
    /// committed, so that a clean restart repeats nothing; when it is lost they are dropped.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the handlers where they wait. What is done without a gap is committed in the background;
    /// everything else is delivered again.
    ///
    /// # Errors
    ///
    /// As of the serial `process`.
    pub async fn process<H, E>(self, handler: H) -> Result<Report, ProcessError<E>>
    where
        H: AsyncFn(&S::Message<'_>) -> Result<(), E>,
    {
        let Self { source, trigger, schedule: Unordered { at_once } } = self;
        let mut engine = Engine::open(&source, trigger).map_err(ProcessError::Source)?;
        let handler = &handler;
        let handle = move |message| handle::<S, H, E>(handler, message);
        let mut slots = Slots::new(at_once, &handle);
        let mut failed = None;
        poll_fn(|cx| {
            slots.begin(cx);
            loop {
                while let Some((ticket, outcome)) = slots.poll_due() {
                    match outcome {
                        Ok(()) => engine.settle(ticket),
                        Err(error) => {
                            failed.get_or_insert(error);
                            engine.fail(ticket);
                        }
                    }
                }
                let (mut is_over, mut is_idle) = (false, false);
                while slots.has_free() {
                    match engine.poll_next(cx) {
                        Poll::Ready(Some((message, ticket))) => match slots.start(ticket, handle(message)) {
                            Poll::Ready(Ok(())) => engine.settle(ticket),
                            Poll::Ready(Err(error)) => {
                                failed.get_or_insert(error);
                                engine.fail(ticket);
                            }
                            Poll::Pending => {}
                        },
                        Poll::Ready(None) => {
                            is_over = true;
                            break;
                        }
                        Poll::Pending => {
                            is_idle = true;
                            break;
                        }
                    }
                }
                if is_over && slots.is_empty() {
                    return Poll::Ready(());
                }
                // Where no message comes the engine has looked after everything else already.
                if !is_idle {
                    engine.poll_meanwhile(cx);
                }
                let is_done = engine.is_stopping() && slots.is_empty();
                if !engine.has_lost() && !is_done {
                    return Poll::Pending;
                }
                let mut abandoned = Vec::new();
                slots.drop_where(|ticket| engine.is_lost(ticket.epoch), |ticket| abandoned.push(ticket));
                for ticket in abandoned {
                    engine.abandon(ticket);
                }
                engine.forget_lost();
            }
        })
        .await;
        engine.finish(failed).await
    }
}

/// Handles one message that the handler's place owns.
async fn handle<S: Source, H, E>(handler: &H, message: S::Message<'_>) -> Result<(), ProcessError<E>>
where
    H: AsyncFn(&S::Message<'_>) -> Result<(), E>,
{
    handler(&message).await.map_err(|error| handler_failed(&message, error))
}
