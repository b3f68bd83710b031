//! The engine that the deliveries and their commit drive.

use std::{
    convert::Infallible,
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use klamm_core::contract::Source;

use super::{
    Ack, Delivery,
    ends::Ends,
    ledger::{Ledger, Mark},
};
use crate::{
    OnDrop, OnRevoke, PipelineError, ProcessError, Report,
    committer::Trigger,
    engine::{Ended, Engine},
    policy::Policies,
    schedule::size,
};

/// What a commit asks of the pipeline that a message is from.
pub(super) trait Drive: fmt::Debug + Send + Sync {
    fn ledger(&self) -> &Ledger;

    /// Says when to commit from here on.
    fn set_trigger(&self, trigger: Trigger);

    /// Does what is due. Returns whether nobody is to be waited for any more.
    fn drive(&self, cx: &mut Context<'_>) -> bool;

    /// Commits what is done; nothing is delivered any more.
    fn poll_end(&self, cx: &mut Context<'_>) -> Poll<Ended<Infallible>>;

    /// Ends it at once: what is done is committed in the background, the rest is delivered again.
    fn close(&self);

    /// Leaves the group.
    fn leave(self: Arc<Self>, within: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// The engine of one pipeline.
pub(super) struct Driver<S: Source> {
    ledger: Ledger,
    /// Taken out when the commit has come to its end, or is dropped: acknowledgements mean nothing after it.
    engine: Mutex<Option<Engine<S, S::SharedFeed>>>,
    source: S,
    ends: Ends,
}

impl<S: Source + Clone> Driver<S> {
    /// Takes the source's messages.
    pub(super) fn open(source: S, mut policies: Policies) -> Result<Self, PipelineError> {
        policies.check(source.hold_limit()).map_err(ProcessError::Invalid)?;
        // Nobody here can drop what works on a message.
        if policies.on_revoke == Some(OnRevoke::Cancel) {
            policies.on_revoke = Some(OnRevoke::Detach);
        }
        let on_drop = policies.on_drop;
        let feed = source.shared_feed().map_err(ProcessError::Source)?;
        let engine = Engine::by_hand(source.clone(), feed, policies);
        let ledger = Ledger::new(engine.credits(), on_drop);
        Ok(Self { ledger, engine: Mutex::new(Some(engine)), source, ends: Ends::new() })
    }

    /// Returns the next message with its acknowledgement.
    pub(super) fn poll_delivery(
        self: &Arc<Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Delivery<S::SharedMessage>, PipelineError>>> {
        let cx = &mut self.ends.of_deliveries(cx);
        let mut engine = self.engine();
        let Some(engine) = engine.as_mut() else { return Poll::Ready(None) };
        loop {
            self.take_acknowledged(engine);
            if engine.poll_credit(cx).is_pending() {
                engine.poll_meanwhile(cx);
                return if engine.is_stopping() { Poll::Ready(None) } else { Poll::Pending };
            }
            let (message, ticket) = match engine.poll_next(cx) {
                Poll::Ready(Some(next)) => next,
                Poll::Ready(None) => {
                    return Poll::Ready(engine.take_failure().map(|failure| Err(failure.into())));
                }
                Poll::Pending => return Poll::Pending,
            };
            let bytes = size(&message);
            engine.hold_message(ticket, bytes);
            let Some(marks) = engine.marks(ticket) else { continue };
            let driver: Arc<dyn Drive> = Arc::<Self>::clone(self);
            let mark = Mark::new(driver, marks, ticket, bytes);
            return Poll::Ready(Some(Ok(Delivery::new(message, Ack::new(mark)))));
        }
    }

    /// Nothing more is delivered.
    pub(super) fn stop(&self) {
        if let Some(engine) = self.engine().as_mut() {
            engine.wind_down();
        }
    }

    /// Brings the engine up to what was acknowledged, and dropped.
    fn take_acknowledged(&self, engine: &mut Engine<S, S::SharedFeed>) {
        let (touched, report) = self.ledger.take();
        engine.acknowledged(touched, report);
        for ticket in self.ledger.take_dropped() {
            if self.ledger.on_drop() == OnDrop::Redeliver {
                engine.redeliver(ticket);
            } else {
                engine.refuse_dropped(ticket);
            }
        }
    }

    /// Ends the engine, and with it the deliveries.
    fn take_out(&self, mut slot: MutexGuard<'_, Option<Engine<S, S::SharedFeed>>>) {
        let engine = slot.take();
        // What its policies own is the user's, and is not dropped under the lock.
        drop(slot);
        drop(engine);
        self.ends.wake_deliveries();
    }

    fn engine(&self) -> MutexGuard<'_, Option<Engine<S, S::SharedFeed>>> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Source + Clone> Drive for Driver<S> {
    fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    fn set_trigger(&self, trigger: Trigger) {
        if let Some(engine) = self.engine().as_mut() {
            engine.set_trigger(trigger);
        }
    }

    fn drive(&self, cx: &mut Context<'_>) -> bool {
        let cx = &mut self.ends.of_commit(cx);
        let mut slot = self.engine();
        let Some(engine) = slot.as_mut() else { return true };
        let was_stopping = engine.is_stopping();
        self.take_acknowledged(engine);
        // Whoever lets go of a message wakes both ends.
        engine.watch_credit(cx);
        engine.poll_meanwhile(cx);
        let (is_cut, is_stopping) = (engine.is_cut(), engine.is_stopping());
        drop(slot);
        if is_stopping && !was_stopping {
            self.ends.wake_deliveries();
        }
        is_cut
    }

    fn poll_end(&self, cx: &mut Context<'_>) -> Poll<Ended<Infallible>> {
        let cx = &mut self.ends.of_commit(cx);
        let mut slot = self.engine();
        let Some(engine) = slot.as_mut() else {
            return Poll::Ready(Ended { result: Ok(Report::default()), leave_within: None });
        };
        self.take_acknowledged(engine);
        if engine.poll_end(cx).is_pending() {
            return Poll::Pending;
        }
        let ended = engine.ended(None);
        self.take_out(slot);
        Poll::Ready(ended)
    }

    fn close(&self) {
        let mut slot = self.engine();
        if let Some(engine) = slot.as_mut() {
            self.take_acknowledged(engine);
        }
        self.take_out(slot);
    }

    fn leave(self: Arc<Self>, within: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(async move { self.source.leave(within).await })
    }
}

impl<S: Source> fmt::Debug for Driver<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver").field("ledger", &self.ledger).finish_non_exhaustive()
    }
}
