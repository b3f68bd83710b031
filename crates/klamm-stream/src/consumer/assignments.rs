//! The assignment, each time that it has changed.

use std::{
    fmt,
    pin::Pin,
    sync::Weak,
    task::{Context, Poll, ready},
};

use futures_core::Stream;
use klamm_core::TopicPartition;

use super::Consumer;
use crate::{ConsumerEvent, Events, shared::Shared};

/// The assignment as it is, and then each time that it has changed: what [`Consumer::assignments`] returns.
///
/// Changes that follow each other quickly may be seen as one: an item is always the whole assignment as it then is. The
/// stream ends (`None`) when the consumer is closed, and does not keep it open.
///
/// # Cancel safety
///
/// `next()` on it is cancel safe.
#[must_use = "streams do nothing unless polled"]
pub struct Assignments {
    shared: Weak<Shared>,
    events: Events,
    is_first: bool,
}

impl Assignments {
    pub(super) fn new(consumer: &Consumer) -> Self {
        // Listens before it looks: a change in between is seen twice rather than not.
        let events = consumer.shared().events.listen();
        Self { shared: consumer.downgrade(), events, is_first: true }
    }

    fn assignment(&self) -> Option<Vec<TopicPartition>> {
        Some(self.shared.upgrade()?.table.names())
    }
}

impl Stream for Assignments {
    type Item = Vec<TopicPartition>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Vec<TopicPartition>>> {
        let this = self.get_mut();
        if std::mem::take(&mut this.is_first) {
            return Poll::Ready(this.assignment());
        }
        loop {
            match ready!(Pin::new(&mut this.events).poll_next(cx)) {
                None => return Poll::Ready(None),
                Some(
                    ConsumerEvent::Assigned(_)
                    | ConsumerEvent::Revoked(_)
                    | ConsumerEvent::Lost(_)
                    | ConsumerEvent::Missed(_),
                ) => return Poll::Ready(this.assignment()),
                Some(_) => {}
            }
        }
    }
}

impl fmt::Debug for Assignments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assignments").finish_non_exhaustive()
    }
}
