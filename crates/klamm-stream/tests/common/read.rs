//! A reader that keeps account, and what an error that it meets says.

use std::collections::BTreeMap;

use futures_util::{Stream, StreamExt};
use klamm_core::{Config, Error, ErrorCode, ErrorKind, Message, TopicPartition};
use klamm_stream::Consumer;
use klamm_testing::MockCluster;

use super::{TOPIC, soon};

/// A quick reader: an error makes it wait for 10 ms.
pub(crate) fn quick(cluster: &MockCluster) -> Config {
    cluster.consumer_config("group").set("fetch.error.backoff.ms", 10)
}

pub(crate) fn subscribed(config: Config) -> Consumer {
    Consumer::builder(config).subscribe([TOPIC]).unwrap()
}

/// Where the reader of each partition is, and the errors it met.
#[derive(Default)]
pub(crate) struct Read {
    pub(crate) next: BTreeMap<i32, i64>,
    pub(crate) errors: Vec<Error>,
}

impl Read {
    pub(crate) fn count(&self) -> usize {
        self.next.values().map(|next| usize::try_from(*next).unwrap()).sum()
    }

    pub(crate) fn note(&mut self, item: Result<(i32, i64), Error>) {
        match item {
            Ok((partition, offset)) => {
                let next = self.next.entry(partition).or_default();
                assert_eq!(offset, *next, "of partition {partition}, after {:?}", self.errors);
                *next += 1;
            }
            Err(error) => self.errors.push(error),
        }
    }

    /// Reads until so many messages have come, whatever stands between them.
    pub(crate) async fn until<M: Message>(
        &mut self,
        count: usize,
        stream: &mut (impl Stream<Item = Result<M, Error>> + Unpin),
    ) {
        while self.count() < count {
            let item = soon("an item", stream.next()).await.expect("an error ends no stream");
            self.note(item.map(|message| (message.partition(), message.offset())));
        }
    }

    /// Waits for the next error; nothing else is to come.
    pub(crate) async fn error<M: Message>(
        &self,
        stream: &mut (impl Stream<Item = Result<M, Error>> + Unpin),
    ) -> Error {
        match soon("an error", stream.next()).await.expect("an error ends no stream") {
            Ok(message) => panic!("{}/{} after {}", message.partition(), message.offset(), self.count()),
            Err(error) => error,
        }
    }
}

pub(crate) fn code(error: &Error) -> ErrorCode {
    error.code().unwrap_or_else(|| panic!("{error:?} has no code"))
}

/// Takes apart what an error says of a partition.
pub(crate) fn place(error: &Error) -> (&TopicPartition, i64, ErrorCode) {
    match error.kind() {
        ErrorKind::Partition { partition, offset, code, .. } => (partition, *offset, *code),
        other => panic!("{other:?} is not about a partition"),
    }
}
