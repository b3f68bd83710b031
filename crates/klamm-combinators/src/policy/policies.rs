//! All that was chosen for a pipeline.

use std::time::Duration;

use klamm_core::contract::Window;

use super::{Drain, Limits, OnDrop, OnPanic, OnRevoke, Stall, observe::Observer, stall};
use crate::{committer::Trigger, error::Invalid};

/// All that was chosen for a pipeline.
#[derive(Debug, Default)]
pub(crate) struct Policies {
    pub(crate) trigger: Trigger,
    pub(crate) limits: Limits,
    /// How long a transaction may be open, if it is committed in such and that is limited.
    pub(crate) longest: Option<Duration>,
    /// As long as the source can hold a revoke unless something else was chosen.
    pub(crate) on_revoke: Option<OnRevoke>,
    pub(crate) on_panic: OnPanic,
    pub(crate) on_drop: OnDrop,
    pub(crate) stall: Option<(Duration, Stall)>,
    pub(crate) drain: Option<Drain>,
    pub(crate) observer: Option<Box<dyn Observer>>,
}

impl Policies {
    /// Returns how exactly ages are to be known, if they are.
    pub(crate) fn tick(&self) -> Option<Duration> {
        let for_stalls = self.stall.map(|(after, _)| after / 4);
        let for_observer =
            self.observer.as_ref().map(|_| self.trigger.interval.max(Duration::from_millis(1)));
        for_stalls.into_iter().chain(for_observer).min()
    }

    /// Has what is done committed in transactions that hold so much.
    pub(crate) fn within(mut self, window: Window) -> Result<Self, Invalid> {
        if self.on_revoke == Some(OnRevoke::Detach) {
            let reason = "a handler that outlives its partition would send in somebody else's transaction";
            return Err(Invalid::new("on_revoke", reason));
        }
        if window.messages == 0 {
            return Err(Invalid::new("produce_to", "a transaction of no messages would never end"));
        }
        self.trigger = Trigger { records: window.messages, interval: window.interval };
        self.longest = window.longest;
        self.limits.records = self.limits.records.min(window.messages);
        Ok(self)
    }

    /// Says what of it cannot work, over a source that can hold a revoke for so long.
    pub(crate) fn check(&self, hold_limit: Duration) -> Result<(), Invalid> {
        self.trigger.check()?;
        self.limits.check()?;
        self.on_revoke.map_or(Ok(()), |on_revoke| on_revoke.check(hold_limit))?;
        self.stall.map_or(Ok(()), stall::check)?;
        self.drain.as_ref().map_or(Ok(()), Drain::check)
    }
}
