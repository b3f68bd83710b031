//! One partition as a source of pipelines, for as long as it is assigned.

use std::{fmt, sync::Arc, time::Duration};

use klamm_core::{
    BorrowedMessage, Epoch, Error, GroupMetadata, Position, SharedMessage, TopicPartition,
    contract::{Commit, IntoSource, Source},
};

use super::{Commits, ConsumerFeed, Cursor, PartitionStream, SharedConsumerFeed, seat::Seat};
use crate::Consumer;

/// One partition as a source of pipelines, for as long as it is assigned: what [`PartitionStream::into_source`] returns.
///
/// # Delivery
///
/// A pipeline hears that the partition is [assigned](klamm_core::contract::Event::Assigned), and in the end that it is
/// [revoked](klamm_core::contract::Event::Revoked), by the group or because the consumer is being closed, or
/// [lost](klamm_core::contract::Event::Lost). Its messages end (`None`) as soon as that event waits for it. The rebalance, or
/// the close, waits for the token as [`PartitionStream`] says.
///
/// When the source and its pipelines are dropped the partition is left to whoever calls [`Consumer::partitions`] anew, as
/// when a [`PartitionStream`] is.
#[must_use = "nobody else reads the partition while there is its source"]
pub struct PartitionSource {
    seat: Arc<Seat>,
}

impl PartitionSource {
    pub(super) fn new(seat: Arc<Seat>) -> Self {
        Self { seat }
    }

    /// Returns the partition.
    pub fn partition(&self) -> &TopicPartition {
        &self.seat.partition.name
    }

    /// Returns the epoch: each assignment of the partition has another.
    pub fn epoch(&self) -> Epoch {
        self.seat.partition.epoch
    }

    /// Returns the consumer that it is a part of.
    pub fn consumer(&self) -> &Consumer {
        &self.seat.consumer
    }
}

impl Source for PartitionSource {
    type Message<'c> = BorrowedMessage<'c>;
    type Feed<'c> = ConsumerFeed<'c>;
    type SharedMessage = SharedMessage;
    type SharedFeed = SharedConsumerFeed;

    fn feed(&self) -> Result<ConsumerFeed<'_>, Error> {
        ConsumerFeed::of_one(&self.seat, Cursor::lending(&self.consumer().shared().client))
    }

    fn shared_feed(&self) -> Result<SharedConsumerFeed, Error> {
        SharedConsumerFeed::of_one(&self.seat, Cursor::new(&self.consumer().shared().client))
    }

    fn hold_limit(&self) -> Duration {
        self.consumer().hold_limit()
    }

    fn partition_of(&self, epoch: Epoch) -> Option<TopicPartition> {
        self.consumer().partition_of(epoch)
    }

    async fn group_metadata(&self) -> Result<GroupMetadata, Error> {
        Source::group_metadata(self.consumer()).await
    }

    /// Does nothing: other partitions of the consumer are read elsewhere.
    async fn leave(&self, _: Duration) {}
}

impl Commit for PartitionSource {
    type Answer = Commits;

    fn commit(&self, positions: Vec<(Epoch, Position)>) -> Commits {
        Commit::commit(self.consumer(), positions)
    }
}

impl IntoSource for PartitionSource {
    type Source = Self;

    fn into_source(self) -> Self {
        self
    }
}

impl IntoSource for PartitionStream {
    type Source = PartitionSource;

    fn into_source(self) -> PartitionSource {
        Self::into_source(self)
    }
}

impl fmt::Debug for PartitionSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartitionSource").field("partition", self.partition()).finish_non_exhaustive()
    }
}
