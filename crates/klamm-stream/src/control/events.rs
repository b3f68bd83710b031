//! Errors of the client.

use std::sync::Arc;

#[cfg(feature = "statistics")]
use klamm_core::statistics::Statistics;
use klamm_core::{Error, ErrorCode, ErrorKind, TopicPartition, native::ClientEvent};

use crate::{ConsumerEvent, shared::Shared};

/// What librdkafka begins with when a subscribed topic is not there; the name follows, and the event has it nowhere else.
const NOT_AVAILABLE: &str = "Subscribed topic not available: ";

/// What librdkafka begins with when there is no token; the provider's words follow.
const NO_TOKEN: &str = "Failed to acquire SASL OAUTHBEARER token: ";

/// Tells the streams of an error, or only the listeners and the log if it is one that passes.
pub(crate) fn report(shared: &Shared, event: ClientEvent) {
    if !passes(&event) && !concerns_no_group(shared, &event) {
        shared.post(error(shared, event));
        return;
    }
    tracing::warn!(target: "klamm", code = event.code.name(), "{}", event.reason);
    shared.events.tell(|| ConsumerEvent::Error(error(shared, event)));
}

/// Hands statistics out to whoever listens.
#[cfg(feature = "statistics")]
pub(super) fn statistics(shared: &Shared, json: &str) {
    shared.events.tell(|| match Statistics::parse(json) {
        Ok(statistics) => ConsumerEvent::Statistics(Arc::new(statistics)),
        Err(error) => ConsumerEvent::Error(error.into()),
    });
}

/// librdkafka looks for a coordinator even if nobody has named a group.
fn concerns_no_group(shared: &Shared, event: &ClientEvent) -> bool {
    !shared.has_group && event.code == ErrorCode::GROUP_AUTHORIZATION_FAILED
}

/// Brokers come and go, their names too, and librdkafka goes on trying: that is no item of a stream.
fn passes(event: &ClientEvent) -> bool {
    !event.is_fatal
        && event.partition.is_none()
        && matches!(
            event.code,
            ErrorCode::TRANSPORT | ErrorCode::ALL_BROKERS_DOWN | ErrorCode::TIMED_OUT | ErrorCode::RESOLVE
        )
}

fn error(shared: &Shared, event: ClientEvent) -> Error {
    let ClientEvent { code, reason, is_fatal, partition } = event;
    if is_fatal {
        // The event's own code only says "fatal".
        let (code, reason) = shared.client.fatal_error().unwrap_or((code, reason));
        return Error::from(ErrorKind::Fatal { code, reason });
    }
    if let Some((partition, offset)) = partition {
        return Error::from(ErrorKind::Partition { partition, offset, code, reason });
    }
    if let Some(reason) = reason.strip_prefix(NO_TOKEN).filter(|_| code == ErrorCode::AUTHENTICATION) {
        return Error::from(ErrorKind::Token { reason: reason.to_owned() });
    }
    if let Some(partition) = named_partition(&reason) {
        let offset = -1;
        return Error::from(ErrorKind::Partition { partition, offset, code, reason });
    }
    match missing_topic(&reason) {
        Some(topic) => Error::from(ErrorKind::Topic { topic, code, reason }),
        None => Error::from(ErrorKind::Client { code, reason }),
    }
}

fn missing_topic(reason: &str) -> Option<Arc<str>> {
    let name = reason.strip_prefix(NOT_AVAILABLE)?.split(':').next()?;
    Some(name.trim().into())
}

/// Names the partition that an error on its queue is about (`rd_kafka_toppar_enq_error`). The error callback is told of it in
/// words only: `orders [3]: topic does not exist (Broker: …)`.
fn named_partition(reason: &str) -> Option<TopicPartition> {
    let (topic, rest) = reason.split_once(" [")?;
    let (number, _) = rest.split_once("]: ")?;
    let is_name = !topic.is_empty() && !topic.contains(|it: char| it.is_whitespace() || it == ':');
    is_name.then_some(TopicPartition::new(topic, number.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_in_words_is_named() {
        let reason = "orders [3]: topic does not exist (Broker: Unknown topic or partition)";
        assert_eq!(named_partition(reason), Some(TopicPartition::new("orders", 3)));
        for other in
            ["orders: [3]: gone", "all of orders [3]: gone", "orders [x]: gone", " [3]: gone", "orders"]
        {
            assert_eq!(named_partition(other), None, "{other}");
        }
    }

    #[test]
    fn a_missing_topic_is_named() {
        let reason = "Subscribed topic not available: no-such: Broker: Unknown topic or partition";
        assert_eq!(missing_topic(reason).as_deref(), Some("no-such"));
        assert_eq!(missing_topic("something else"), None);
    }
}
