//! Who notes what happens to it.

use std::{
    fmt,
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{Happened, History};

/// One member of a group, as it notes what happens to it. Clones are the same member.
#[derive(Clone, Debug)]
pub struct Member {
    history: History,
    name: Arc<str>,
}

impl Member {
    pub(super) fn new(history: History, name: Arc<str>) -> Self {
        Self { history, name }
    }

    /// Returns its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Names a part of this member that has a source and a pipeline of its own, such as that of one partition. To the checkers it
    /// is a member by itself.
    #[must_use]
    pub fn part(&self, name: impl fmt::Display) -> Self {
        Self::new(self.history.clone(), format!("{}/{name}", self.name).into())
    }

    /// Notes what nothing else notes, such as the commits of a source that is not [watched](Self::watch).
    pub fn note(&self, what: Happened) {
        self.history.note(&self.name, what);
    }

    /// Awaits a shutdown that must be over within `deadline`, and notes how long it took.
    ///
    /// # Cancel safety
    ///
    /// As of `shutdown`; one that is dropped counts as never over.
    pub async fn closing<T>(&self, deadline: Duration, shutdown: impl Future<Output = T>) -> T {
        self.note(Happened::Closing { deadline });
        let output = shutdown.await;
        self.note(Happened::Closed);
        output
    }

    pub(super) fn since_began(&self, at: Instant) -> Duration {
        self.history.since_began(at)
    }

    pub(super) fn next_handling(&self) -> u64 {
        self.history.next_handling()
    }
}
