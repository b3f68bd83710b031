//! Delivering what is under way, and what was not.

use std::time::{Duration, Instant};

use futures_channel::oneshot;

use super::Producer;

/// Who is told how closing went.
pub(crate) type Reply = oneshot::Sender<Undelivered>;

/// How many records were given up; the future of each says so too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use = "records may not have been delivered"]
#[non_exhaustive]
pub struct Undelivered {
    /// Records that were taken, and neither delivered nor refused by the deadline. Some may stand in the log all the
    /// same, if their answer was on the way.
    pub records: usize,
}

impl Producer {
    /// Takes no more records, and delivers those under way; what is left at the deadline is given up, and each record's
    /// future says so.
    ///
    /// # Cancel safety
    ///
    /// The producer closes even if the future is dropped after it was first polled.
    pub async fn close(&self, deadline: Duration) -> Undelivered {
        let shared = self.shared();
        let until = Instant::now().checked_add(deadline);
        let answer = {
            let mut closing = shared.closing();
            if closing.is_over {
                return Undelivered::default();
            }
            let (reply, answer) = oneshot::channel();
            closing.replies.push(reply);
            // Too far away to be told from never.
            closing.deadline = until.or_else(|| Some(Instant::now() + Duration::from_secs(u32::MAX.into())));
            answer
        };
        shared.stop();
        shared.raw.interrupt().interrupt();
        answer.await.unwrap_or_default()
    }
}
