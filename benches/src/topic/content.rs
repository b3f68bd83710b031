//! How many messages of what size, in how many partitions.

use anyhow::{Result, ensure};
use klamm_core::OwnedMessage;

/// What a partition of the mock cluster keeps; it silently drops what is older.
const PARTITION_BYTES: usize = 5 * 1024 * 1024;
/// What a record takes at most beside its key, payload and headers: their lengths, the offset and the time.
const RECORD_OVERHEAD: usize = 20;
/// The bytes of a key.
const KEY: usize = 8;
/// The headers of a message that has any: a trace context, a media type and a tenant.
const HEADERS: [(&str, &str); 3] = [
    ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
    ("content-type", "application/json"),
    ("tenant", "acme-eu1"),
];

/// How many messages of what size, in how many partitions. Their keys have eight bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content {
    /// Bytes of a payload.
    pub payload: usize,
    /// Whether each message has three headers (55, 16 and 8 bytes), or none.
    pub has_headers: bool,
    /// Distinct keys in each partition, which come in turn.
    pub keys: usize,
    /// Partitions that the messages are spread over evenly.
    pub partitions: usize,
    /// Messages in all partitions together.
    pub messages: usize,
}

impl Content {
    /// Returns how many bytes the names and values of a message's headers have together.
    pub fn headers(&self) -> usize {
        let bytes = HEADERS.iter().map(|(name, value)| name.len() + value.len());
        if self.has_headers { bytes.sum() } else { 0 }
    }

    /// Returns the numbers of the partitions.
    pub fn partitions(&self) -> impl Iterator<Item = i32> + use<> {
        0..i32::try_from(self.partitions).unwrap_or(i32::MAX)
    }

    /// Makes a message of each partition and key, over the partitions in turn; all others are the same.
    pub(crate) fn samples(&self, topic: &str) -> Vec<OwnedMessage> {
        let headers = if self.has_headers { &HEADERS[..] } else { &[] };
        let sample = |(key, partition)| {
            let message = OwnedMessage::builder(topic).partition(partition).key(format!("{key:0KEY$}"));
            let message = message.payload(vec![b'.'; self.payload]);
            headers.iter().fold(message, |message, (name, value)| message.header(name, value)).build()
        };
        (0..self.keys).flat_map(|key| self.partitions().map(move |it| (key, it))).map(sample).collect()
    }

    /// Refuses more messages than the mock cluster keeps.
    pub(crate) fn check(&self) -> Result<()> {
        let headers = if self.has_headers { self.headers() + 3 * HEADERS.len() } else { 0 };
        let record = KEY + self.payload + headers + RECORD_OVERHEAD;
        let fitting = PARTITION_BYTES / record * self.partitions;
        ensure!(
            self.messages <= fitting,
            "a partition of the mock cluster keeps 5 MiB: {} partitions hold {fitting} messages of {} bytes, not {}",
            self.partitions,
            self.payload,
            self.messages,
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use klamm_core::Message;

    use super::*;
    use crate::{dequeue, live, ownership, pipelines, streams};

    #[test]
    fn the_cases_fit_and_more_is_refused_with_the_reason() {
        let dequeue = dequeue::AREA.cases.iter().map(|case| case.content);
        let others = streams::AREA.cases.iter().map(|case| case.content);
        let others = others.chain(live::AREA.cases.iter().map(|case| case.content));
        let others = others
            .chain(pipelines::AREA.cases.iter().chain(pipelines::STEADY.cases).map(|case| case.content));
        for content in dequeue.chain(ownership::AREA.cases.iter().map(|case| case.content)).chain(others) {
            content.check().unwrap();
        }
        let content = Content { payload: 100, has_headers: false, keys: 1, partitions: 2, messages: 100_000 };
        assert_eq!(
            content.check().unwrap_err().to_string(),
            "a partition of the mock cluster keeps 5 MiB: 2 partitions hold 81920 messages of 100 bytes, not 100000"
        );
    }

    #[test]
    fn headers_are_as_long_as_they_are_said_to_be() {
        assert_eq!(HEADERS.map(|(_, value)| value.len()), [55, 16, 8]);
        let content = Content { payload: 1, has_headers: true, keys: 1, partitions: 1, messages: 1 };
        assert_eq!((content.headers(), content.samples("t").len()), (11 + 55 + 12 + 16 + 6 + 8, 1));
    }

    #[test]
    fn every_partition_has_every_key() {
        let content = Content { payload: 1, has_headers: false, keys: 3, partitions: 2, messages: 6 };
        let samples = content.samples("t");
        let of = |partition| {
            let samples = samples.iter().filter(move |sample| sample.partition() == partition);
            samples.filter_map(|sample| sample.key()).collect::<Vec<_>>()
        };
        assert_eq!(of(0), [b"00000000", b"00000001", b"00000002"]);
        assert_eq!((of(1), samples[1].partition()), (of(0), 1));
    }
}
