//! A handler from its start to its end, whichever that is.

use std::{future::Future, sync::Arc, thread};

use klamm_core::Message;

use super::{Happened, Member, Outcome, Record};

impl Member {
    /// Handles a message by awaiting `work`, and notes when that starts and how it ends: done, failed, dropped or in a panic.
    ///
    /// # Cancel safety
    ///
    /// As of `work`; a drop is noted.
    pub async fn handling<M, T, E>(
        &self,
        message: &M,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E>
    where
        M: Message + ?Sized,
    {
        let handling = self.start(message);
        let result = work.await;
        handling.finish(if result.is_ok() { Outcome::Done } else { Outcome::Failed });
        result
    }

    /// Notes that a message begins to be handled; what is returned notes the end.
    pub fn start<M: Message + ?Sized>(&self, message: &M) -> Handling {
        let (number, record) = (self.next_handling(), Arc::new(Record::of(message)));
        self.note(Happened::Started { number, record: Arc::clone(&record) });
        Handling { member: self.clone(), number, record, is_over: false }
    }
}

/// A message that is being handled. Dropping it notes that the handler was dropped, or has panicked.
#[derive(Debug)]
#[must_use = "dropping it notes that the handler was dropped"]
pub struct Handling {
    member: Member,
    number: u64,
    record: Arc<Record>,
    is_over: bool,
}

impl Handling {
    /// Notes how it ended.
    pub fn finish(mut self, outcome: Outcome) {
        self.end(outcome);
    }

    fn end(&mut self, outcome: Outcome) {
        self.is_over = true;
        let (number, record) = (self.number, Arc::clone(&self.record));
        self.member.note(Happened::Finished { number, record, outcome });
    }
}

impl Drop for Handling {
    fn drop(&mut self) {
        if !self.is_over {
            self.end(if thread::panicking() { Outcome::Panicked } else { Outcome::Dropped });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        pin::pin,
        task::{Context, Poll, Waker},
    };

    use klamm_core::OwnedMessage;

    use super::*;
    use crate::history::History;

    fn message() -> OwnedMessage {
        OwnedMessage::builder("orders").offset(7).key("k").build()
    }

    fn outcomes(history: &History) -> Vec<Outcome> {
        let outcome = |what| match what {
            Happened::Finished { outcome, .. } => Some(outcome),
            _ => None,
        };
        history.entries().into_iter().filter_map(|entry| outcome(entry.what)).collect()
    }

    #[test]
    fn each_end_of_a_handler_is_noted_once() {
        let (history, message) = (History::new(), message());
        let member = history.member("a");
        let mut context = Context::from_waker(Waker::noop());
        for result in [Ok(()), Err(())] {
            let handling = pin!(member.handling(&message, async { result }));
            assert_eq!(handling.poll(&mut context), Poll::Ready(result));
        }
        {
            let never = std::future::pending::<Result<(), ()>>();
            let handling = pin!(member.handling(&message, never));
            assert!(handling.poll(&mut context).is_pending());
        }
        let panics = || {
            let _handling = member.start(&message);
            std::panic::resume_unwind(Box::new("on purpose"));
        };
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(panics)).unwrap_err();
        assert_eq!(outcomes(&history), [Outcome::Done, Outcome::Failed, Outcome::Dropped, Outcome::Panicked]);
        assert_eq!((history.handled(), history.entries().len()), (1, 8));
    }
}
