//! Where partitions are read, and whether.

use klamm_core::{Error, ErrorKind, Position, Start, TopicPartition};

use super::Consumer;
use crate::{
    control::Request,
    partition::{Partition, Pause, Phase},
};

impl Consumer {
    /// Returns where a partition is read next: after the last message that was delivered. It waits for nothing.
    ///
    /// It is nothing before the first message of this assignment, unless the partition was sought to an offset. With
    /// several streams at once it is the lowest of what each has yet to deliver. Offsets are never counted, so a gap
    /// that compaction or a transaction has left is stepped over with the message behind it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotAssigned`](klamm_core::ErrorKind::NotAssigned) if the partition is not assigned.
    pub fn position(&self, partition: &TopicPartition) -> Result<Option<Position>, Error> {
        Ok(self.assigned(partition)?.position())
    }

    /// Reads a partition from elsewhere: an offset, an end of its log, a time (`rd_kafka_seek_partitions`).
    ///
    /// When it completes, what was taken and not delivered is gone from every stream, and the next message is the one
    /// that was asked for. An offset outside of the log is treated as `auto.offset.reset` says.
    ///
    /// It waits for librdkafka, up to a second, in which a partition that was assigned just now has begun to be fetched; and
    /// for a time first for the brokers, up to [`Builder::request_timeout`](crate::Builder::request_timeout).
    ///
    /// # Cancel safety
    ///
    /// The request is sent when the future is first polled (with a time, when the brokers have answered), and stays sent
    /// if the future is then dropped.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotAssigned`](klamm_core::ErrorKind::NotAssigned) if the partition is not assigned;
    /// [`ErrorKind::Operation`](klamm_core::ErrorKind::Operation) if librdkafka refuses the offset or does not answer;
    /// [`ErrorKind::Closed`](klamm_core::ErrorKind::Closed) once the consumer is being closed.
    pub async fn seek(&self, partition: &TopicPartition, to: Start) -> Result<(), Error> {
        self.seek_all([(partition.clone(), to)]).await
    }

    /// Reads partitions from elsewhere, each as [`seek`](Self::seek); none is moved if one is not assigned.
    ///
    /// # Cancel safety
    ///
    /// As [`seek`](Self::seek).
    ///
    /// # Errors
    ///
    /// As [`seek`](Self::seek); the partitions before the one that failed have been moved.
    pub async fn seek_all(
        &self,
        starts: impl IntoIterator<Item = (TopicPartition, Start)>,
    ) -> Result<(), Error> {
        let mut starts: Vec<_> = starts.into_iter().collect();
        for (partition, start) in &mut starts {
            match *start {
                Start::Timestamp(_) => *start = self.offset_for_time(partition, *start).await?,
                Start::Committed => *start = self.committed_start(partition).await?,
                _ => {}
            }
        }
        self.ask(|reply| Request::Seek { starts, reply }).await
    }

    /// Holds a partition back: nothing more of it is delivered until [`resume`](Self::resume). It waits for nothing.
    ///
    /// What was taken already stays where it is and comes first afterwards; librdkafka fills its buffer for the partition
    /// and then stops fetching it. (`rd_kafka_pause_partitions`, which throws the buffer away and fetches it again, is
    /// not called.) The pause ends with the assignment. What a pipeline holds back of its own accord is apart from it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotAssigned`](klamm_core::ErrorKind::NotAssigned) if a partition is not assigned; the others are
    /// paused all the same.
    pub fn pause<'p>(&self, partitions: impl IntoIterator<Item = &'p TopicPartition>) -> Result<(), Error> {
        self.for_each_assigned(partitions, |partition| partition.pause(Pause::User))
    }

    /// Lets paused partitions be delivered again. It waits for nothing.
    ///
    /// # Errors
    ///
    /// As [`pause`](Self::pause).
    pub fn resume<'p>(&self, partitions: impl IntoIterator<Item = &'p TopicPartition>) -> Result<(), Error> {
        let hub = &self.shared().hub;
        self.for_each_assigned(partitions, |partition| partition.resume(hub, Pause::User))
    }

    /// Returns the partitions that are paused. It waits for nothing.
    pub fn paused(&self) -> Vec<TopicPartition> {
        let partitions = self.shared().table.all();
        let paused = partitions.iter().filter(|partition| partition.is_paused_by(Pause::User));
        paused.map(|it| it.name.clone()).collect()
    }

    fn for_each_assigned<'p>(
        &self,
        partitions: impl IntoIterator<Item = &'p TopicPartition>,
        change: impl Fn(&Partition),
    ) -> Result<(), Error> {
        let mut result = Ok(());
        for name in partitions {
            match self.assigned(name) {
                Ok(partition) => change(&partition),
                Err(error) => result = result.and(Err(error)),
            }
        }
        result
    }

    fn assigned(&self, name: &TopicPartition) -> Result<std::sync::Arc<Partition>, Error> {
        let partition = self.shared().table.named(name).filter(|it| it.phase() != Phase::Closed);
        partition.ok_or_else(|| Error::from(ErrorKind::NotAssigned { partition: name.clone() }))
    }
}
