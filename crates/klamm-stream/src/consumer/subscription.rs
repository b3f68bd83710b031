//! What the consumer reads.

use futures_channel::oneshot;
use klamm_core::{Error, ErrorKind, TopicPartition};

use super::{Assignments, Consumer};
use crate::{
    Events,
    control::{Reply, Request},
};

impl Consumer {
    /// Subscribes to these topics in place of the present ones: names, or regular expressions beginning with `^`
    /// (`rd_kafka_subscribe`).
    ///
    /// It waits for librdkafka, not for the group: what the group assigns comes later. A consumer that was started with
    /// [`Builder::assign`](crate::Builder::assign) is refused.
    ///
    /// # Cancel safety
    ///
    /// The request is sent when the future is first polled, and stays sent if the future is then dropped.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operation`](klamm_core::ErrorKind::Operation) if a name cannot be a topic's, or the list is empty;
    /// [`ErrorKind::NoGroup`](klamm_core::ErrorKind::NoGroup) without a group;
    /// [`ErrorKind::Closed`](klamm_core::ErrorKind::Closed) once the consumer is being closed.
    pub async fn subscribe<T: AsRef<str>>(&self, topics: impl IntoIterator<Item = T>) -> Result<(), Error> {
        self.needs_group("subscribe")?;
        let topics = topics.into_iter().map(|topic| topic.as_ref().to_owned()).collect();
        self.ask(|reply| Request::Subscribe { topics, reply }).await
    }

    /// Gives the subscription up: stops delivery, waits for what was started to be committed as a revoke does, and lets
    /// every partition go (`rd_kafka_unsubscribe`). Streams do not end; they wait for a new subscription.
    ///
    /// It waits for up to [`Builder::hold_deadline`](crate::Builder::hold_deadline) for those who have started messages,
    /// then for librdkafka.
    ///
    /// # Cancel safety
    ///
    /// The request is sent when the future is first polled, and stays sent if the future is then dropped.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Closed`](klamm_core::ErrorKind::Closed) once the consumer is being closed.
    pub async fn unsubscribe(&self) -> Result<(), Error> {
        self.needs_group("unsubscribe")?;
        self.ask(|reply| Request::Unsubscribe { reply }).await
    }

    /// Returns what is subscribed to, as it was asked for. It waits for nothing.
    pub fn subscription(&self) -> Vec<String> {
        self.shared().subscription()
    }

    /// Returns the partitions that are assigned now, by topic and number. It waits for nothing.
    pub fn assignment(&self) -> Vec<TopicPartition> {
        self.shared().table.names()
    }

    /// Returns the assignment as it is now, and then each time that it has changed.
    pub fn assignments(&self) -> Assignments {
        Assignments::new(self)
    }

    /// Returns what happens to the consumer from here on beside its messages: rebalances, outages, stalls, statistics.
    pub fn events(&self) -> Events {
        self.shared().events.listen()
    }

    /// Asks the control thread, which answers soon: it waits for librdkafka's main thread, and for no broker.
    pub(super) async fn ask<T>(&self, request: impl FnOnce(Reply<T>) -> Request) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        self.shared().requests.send(request(reply));
        answer.await.unwrap_or_else(|_| Err(Error::from(ErrorKind::Closed)))
    }

    pub(super) fn needs_group(&self, operation: &'static str) -> Result<(), Error> {
        if self.shared().has_group { Ok(()) } else { Err(Error::from(ErrorKind::NoGroup { operation })) }
    }
}
