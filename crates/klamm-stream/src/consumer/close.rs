//! Leaving the group, and how that went.

use std::time::{Duration, Instant};

use futures_channel::oneshot;

use super::Consumer;
use crate::control::Request;

/// How leaving the group went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CloseReport {
    /// Whether the pipeline, if there was one, finished and committed what it had started.
    pub is_drained: bool,
    /// Whether the group was left in order; if not, it will miss the member only after `session.timeout.ms`.
    pub has_left: bool,
    /// How long it took.
    pub elapsed: Duration,
}

impl Consumer {
    /// Stops delivery, waits for what the pipeline has started, commits, and leaves the group; all within `deadline`.
    ///
    /// Streams end (`None`). What was not delivered, or delivered and not committed, is delivered to the next owner of
    /// the partition. Messages that are still held stay readable.
    ///
    /// # Cancel safety
    ///
    /// The consumer closes even if the future is dropped after it was first polled.
    pub async fn close(&self, deadline: Duration) -> CloseReport {
        let started = Instant::now();
        // Too far away to be told from never.
        let until =
            started.checked_add(deadline).unwrap_or_else(|| started + Duration::from_secs(u32::MAX.into()));
        let (reply, answer) = oneshot::channel();
        self.shared().requests.send(Request::Close { deadline: until, reply });
        // No answer: it was closed before, or its thread has failed.
        answer.await.unwrap_or_else(|_| {
            let unknown = CloseReport { is_drained: false, has_left: false, elapsed: started.elapsed() };
            self.shared().closed().unwrap_or(unknown)
        })
    }
}
