//! What happens to a consumer beside its messages, for whoever wants to know.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use async_broadcast::{InactiveReceiver, Receiver, RecvError, Sender};
use futures_core::Stream;
#[cfg(feature = "statistics")]
use klamm_core::statistics::Statistics;
use klamm_core::{Error, TopicPartition};

use crate::Stalled;

/// How many events wait for a listener that is slow; beyond that the oldest are dropped, and counted.
const CAPACITY: usize = 256;

/// What happens to a consumer beside its messages.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ConsumerEvent {
    /// Partitions were assigned.
    Assigned(Vec<TopicPartition>),
    /// Partitions were given back to the group.
    Revoked(Vec<TopicPartition>),
    /// Partitions are gone, and another member may have been reading them already.
    Lost(Vec<TopicPartition>),
    /// Something went wrong that librdkafka mends by itself, such as a broker that is down. What it does not mend is an
    /// error item of the streams instead.
    Error(Error),
    /// A partition has messages, and nobody has taken one for too long.
    Stalled(Stalled),
    /// librdkafka's statistics, each `statistics.interval.ms`.
    #[cfg(feature = "statistics")]
    #[cfg_attr(docsrs, doc(cfg(feature = "statistics")))]
    Statistics(std::sync::Arc<Statistics>),
    /// The listener was too slow for so many events, which it has missed.
    Missed(u64),
}

/// What happens to a consumer from here on: what [`Consumer::events`](crate::Consumer::events) returns.
///
/// Each listener hears everything. Up to 256 events wait for it; then the oldest make room, and
/// [`ConsumerEvent::Missed`] says how many did. It ends (`None`) when the consumer is closed, and does not keep it open.
///
/// # Cancel safety
///
/// `next()` on it is cancel safe.
#[must_use = "streams do nothing unless polled"]
pub struct Events {
    receiver: Pin<Box<Receiver<ConsumerEvent>>>,
}

impl Stream for Events {
    type Item = ConsumerEvent;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<ConsumerEvent>> {
        Poll::Ready(match ready!(self.get_mut().receiver.as_mut().poll_recv(cx)) {
            Some(Err(RecvError::Overflowed(missed))) => Some(ConsumerEvent::Missed(missed)),
            Some(Err(RecvError::Closed)) | None => None,
            Some(Ok(event)) => Some(event),
        })
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").finish_non_exhaustive()
    }
}

/// Where events go out to their listeners.
pub(crate) struct Announcer {
    sender: Sender<ConsumerEvent>,
    /// Keeps the channel open while nobody listens.
    silent: InactiveReceiver<ConsumerEvent>,
}

impl Announcer {
    pub(crate) fn new() -> Self {
        let (mut sender, receiver) = async_broadcast::broadcast(CAPACITY);
        sender.set_overflow(true);
        sender.set_await_active(false);
        Self { sender, silent: receiver.deactivate() }
    }

    pub(crate) fn listen(&self) -> Events {
        Events { receiver: Box::pin(self.silent.activate_cloned()) }
    }

    /// Tells whoever listens; the event is made only if someone does.
    pub(crate) fn tell(&self, event: impl FnOnce() -> ConsumerEvent) {
        if self.sender.receiver_count() > 0 {
            // Nothing to do about a channel that is closed: the consumer is.
            self.sender.try_broadcast(event()).ok();
        }
    }

    /// Ends every listener's stream.
    pub(crate) fn close(&self) {
        self.sender.close();
    }
}
