//! Delivering what is under way, and what was not.

use std::time::Duration;

use futures_channel::oneshot;

use super::{
    Producer, Shared, Undelivered,
    requests::{Flush, until},
};

impl Producer {
    /// Sends what lingers, and waits until nothing is under way, up to the deadline. Records that are sent meanwhile are
    /// waited for too.
    ///
    /// Nothing is given up: what [`Undelivered`] counts is still under way. While this waits nothing lingers
    /// (`linger.ms`, `rd_kafka_flush`).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the wait, and nothing else.
    pub async fn flush(&self, deadline: Duration) -> Undelivered {
        let shared = self.shared();
        let answer = {
            let mut requests = shared.requests();
            if requests.is_over {
                return Undelivered::default();
            }
            let (reply, answer) = oneshot::channel();
            requests.flushes.push(Flush { until: until(deadline), reply: Some(reply) });
            answer
        };
        shared.raw.interrupt().interrupt();
        answer.await.unwrap_or_default()
    }

    /// Takes no more records, and delivers those under way; what is left at the deadline is given up, and comes back: from
    /// each record's delivery, or with [`Undelivered`] if that was dropped.
    ///
    /// Giving up takes up to five seconds more in the worst case (`rd_kafka_purge`). Of several calls the earliest deadline
    /// counts, and the first one to be told gets what is unclaimed.
    ///
    /// # Cancel safety
    ///
    /// The producer closes even if the future is dropped after it was first polled. What is unclaimed then goes to
    /// [`Builder::on_undelivered`](crate::Builder::on_undelivered).
    pub async fn close(&self, deadline: Duration) -> Undelivered {
        let shared = self.shared();
        let until = until(deadline);
        let mut closing = {
            let mut requests = shared.requests();
            if requests.is_over {
                return Undelivered::default();
            }
            let (reply, answer) = oneshot::channel();
            requests.closers.push(reply);
            let close_by = requests.close_by.get_or_insert(until);
            *close_by = until.min(*close_by);
            Closing { shared, answer }
        };
        shared.stop();
        shared.raw.interrupt().interrupt();
        (&mut closing.answer).await.unwrap_or_default()
    }
}

/// A close that is waited for; what it is told and nobody hears is not lost.
struct Closing<'p> {
    shared: &'p Shared,
    answer: oneshot::Receiver<Undelivered>,
}

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.answer.close();
        if let Ok(Some(undelivered)) = self.answer.try_recv() {
            self.shared.returns.unclaimed.receive(undelivered.unclaimed);
        }
    }
}
