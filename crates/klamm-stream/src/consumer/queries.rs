//! What is asked of the brokers: each question on a thread of its own, since librdkafka waits for the answer.

use std::time::{Duration, Instant};

use klamm_core::{
    Error, ErrorCode, ErrorKind, GroupMetadata, Metadata, Offset, PartitionOffset, Position, Start,
    TopicPartition, TopicPartitionList, Watermarks, native::Client,
};

use super::Consumer;
use crate::control::Request;

/// How far the reading of a partition is behind its log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PartitionLag {
    /// The partition.
    pub partition: TopicPartition,
    /// How many offsets lie between where it is read next and its end. A gap in the log counts, as Kafka's tools count.
    pub lag: u64,
    /// The offset after the last message that a reader can see.
    pub end: i64,
}

impl Consumer {
    /// Returns what the group has committed of these partitions; without a commit the entry has no offset
    /// (`rd_kafka_committed`).
    ///
    /// It waits for the group's coordinator, up to [`Builder::request_timeout`](crate::Builder::request_timeout).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing but that nobody hears the answer.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Timeout`](klamm_core::ErrorKind::Timeout) without an answer in time;
    /// [`ErrorKind::NoGroup`](klamm_core::ErrorKind::NoGroup) without a group;
    /// [`ErrorKind::Operation`](klamm_core::ErrorKind::Operation) with the coordinator's code. An error of one partition
    /// stands in its entry.
    pub async fn committed(&self, partitions: &[TopicPartition]) -> Result<TopicPartitionList, Error> {
        self.needs_group("committed")?;
        let partitions = partitions.to_vec();
        self.query("committed", move |client, within| client.committed(&partitions, within)).await
    }

    /// Returns the first offset of a partition's log and the one after its last (`rd_kafka_query_watermark_offsets`).
    /// With `isolation.level=read_committed`, which is the default, an open transaction is beyond the end.
    ///
    /// It waits for the partition's leader, up to [`Builder::request_timeout`](crate::Builder::request_timeout).
    ///
    /// # Cancel safety
    ///
    /// As [`committed`](Self::committed).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Timeout`](klamm_core::ErrorKind::Timeout) without an answer in time;
    /// [`ErrorKind::Operation`](klamm_core::ErrorKind::Operation) with the broker's code.
    pub async fn watermarks(&self, partition: &TopicPartition) -> Result<Watermarks, Error> {
        let partition = partition.clone();
        self.query("watermarks", move |client, within| client.watermarks(&partition, within)).await
    }

    /// Returns for each partition the offset of its first message that is not older than a time, given as
    /// [`Start::Timestamp`]; where all are older, [`Start::Latest`] (`rd_kafka_offsets_for_times`).
    ///
    /// It waits for the partitions' leaders, up to [`Builder::request_timeout`](crate::Builder::request_timeout).
    ///
    /// # Cancel safety
    ///
    /// As [`committed`](Self::committed).
    ///
    /// # Errors
    ///
    /// As [`watermarks`](Self::watermarks). An error of one partition stands in its entry.
    pub async fn offsets_for_times(&self, times: &[PartitionOffset]) -> Result<TopicPartitionList, Error> {
        let times = times.to_vec();
        self.query("offsets_for_times", move |client, within| client.offsets_for_times(&times, within)).await
    }

    /// Returns what the cluster says of itself, and of one topic or of all (`rd_kafka_metadata`).
    ///
    /// It waits for a broker, up to [`Builder::request_timeout`](crate::Builder::request_timeout).
    ///
    /// # Cancel safety
    ///
    /// As [`committed`](Self::committed).
    ///
    /// # Errors
    ///
    /// As [`watermarks`](Self::watermarks). A topic that does not exist is in the answer, with its error.
    pub async fn metadata(&self, topic: Option<&str>) -> Result<Metadata, Error> {
        let topic = topic.map(str::to_owned);
        self.query("metadata", move |client, within| client.metadata(topic.as_deref(), within)).await
    }

    /// Returns how far each assigned partition is behind its log, counted from [`position`](Self::position), or from
    /// what is committed where nothing was read yet. A partition of which neither is known is left out.
    ///
    /// It waits for the leaders of all partitions, one after the other, up to
    /// [`Builder::request_timeout`](crate::Builder::request_timeout) in all.
    ///
    /// # Cancel safety
    ///
    /// As [`committed`](Self::committed).
    ///
    /// # Errors
    ///
    /// As [`watermarks`](Self::watermarks).
    pub async fn lag(&self) -> Result<Vec<PartitionLag>, Error> {
        let partitions = self.shared().table.all();
        let known = partitions.iter().map(|it| (it.name.clone(), it.position().map(Position::offset)));
        let (known, has_group) = (known.collect::<Vec<_>>(), self.shared().has_group);
        self.query("lag", move |client, within| {
            let started = Instant::now();
            let left = || within.saturating_sub(started.elapsed());
            let unread = known.iter().filter(|(_, at)| at.is_none() && has_group);
            let unread: Vec<_> = unread.map(|(name, _)| name.clone()).collect();
            let committed = if unread.is_empty() {
                TopicPartitionList::new()
            } else {
                client.committed(&unread, left())?
            };
            let mut lags = Vec::new();
            for (partition, at) in known {
                let committed = || committed.get(&partition.topic, partition.partition)?.position();
                let Some(at) = at.or_else(|| Some(committed()?.offset())) else { continue };
                let end = client.watermarks(&partition, left())?.high;
                let lag = u64::try_from(end.saturating_sub(at)).unwrap_or(0);
                lags.push(PartitionLag { partition, lag, end });
            }
            Ok(lags)
        })
        .await
    }

    /// Returns who this member is to its group, as a transaction wants to know it
    /// (`rd_kafka_consumer_group_metadata`).
    ///
    /// Take it while the assignment stands whose messages the transaction is about: it fences what is committed later.
    /// It waits for librdkafka, and for no broker.
    ///
    /// # Cancel safety
    ///
    /// As [`committed`](Self::committed).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoGroup`](klamm_core::ErrorKind::NoGroup) without a group;
    /// [`ErrorKind::Closed`](klamm_core::ErrorKind::Closed) once the consumer is leaving its group: while it is being closed and
    /// what was started is waited for, the answer is still given.
    pub async fn group_metadata(&self) -> Result<GroupMetadata, Error> {
        self.needs_group("group_metadata")?;
        self.ask(|reply| Request::GroupMetadata { reply }).await
    }

    /// Finds where to seek to for a time.
    pub(super) async fn offset_for_time(
        &self,
        partition: &TopicPartition,
        time: Start,
    ) -> Result<Start, Error> {
        let asked = [PartitionOffset::from_start(partition.clone(), time)];
        let found = self.offsets_for_times(&asked).await?;
        start(found, partition)
    }

    /// Finds where to seek to for what is committed; without a commit, as `auto.offset.reset` says.
    ///
    /// librdkafka itself refuses to look that up for a seek, and outdates what it fetches all the same.
    pub(super) async fn committed_start(&self, partition: &TopicPartition) -> Result<Start, Error> {
        let found = self.committed(std::slice::from_ref(partition)).await?;
        match start(found, partition)? {
            Start::Committed => self.shared().reset.ok_or_else(|| {
                let (partition, code) = (partition.clone(), ErrorCode::NO_OFFSET);
                Error::from(ErrorKind::Partition { partition, offset: -1, code, reason: code.text() })
            }),
            start => Ok(start),
        }
    }

    /// Asks on a thread that may wait. The thread ends with the answer, whether anybody waits for that or not.
    async fn query<T: Send + 'static>(
        &self,
        operation: &'static str,
        ask: impl FnOnce(&Client, Duration) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let shared = self.shared();
        if shared.requests.is_over() {
            return Err(Error::from(ErrorKind::Closed));
        }
        let (client, within) = (shared.client.clone(), shared.request_timeout);
        let answer = blocking::unblock(move || ask(&client, within)).await;
        answer.map_err(|error| match error.code() {
            Some(ErrorCode::TIMED_OUT) => Error::from(ErrorKind::Timeout { operation, after: within }),
            _ => error,
        })
    }
}

/// Returns where the only entry of an answer says that its partition begins.
fn start(found: TopicPartitionList, partition: &TopicPartition) -> Result<Start, Error> {
    let Some(entry) = found.into_iter().next() else {
        return Err(Error::from(ErrorKind::NotAssigned { partition: partition.clone() }));
    };
    if let Some(code) = entry.error {
        let (partition, reason) = (entry.partition, code.text());
        return Err(Error::from(ErrorKind::Partition { partition, offset: -1, code, reason }));
    }
    Ok(match entry.offset {
        Offset::At(position) => Start::Offset(position.offset()),
        Offset::From(start) => start,
        Offset::Unset => Start::Committed,
    })
}
