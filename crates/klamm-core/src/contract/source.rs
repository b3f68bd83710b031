//! Where messages come from.

use std::{
    future::Future,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use super::{Assigned, Commit, Lost, Revoked};
use crate::{Epoch, Error, GroupMetadata, Message, Position, TopicPartition};

/// A source of messages that can be processed and committed.
///
/// `Message<'c>` borrows from the source, so that a message need not be copied to be handled.
pub trait Source: Commit + Send + Sync + 'static {
    /// A message, which may borrow from the source.
    type Message<'c>: Message + Send + Sync;

    /// The messages and events of a pipeline.
    type Feed<'c>: Feed<Message = Self::Message<'c>> + Send;

    /// A message that keeps what it needs alive, and may go anywhere.
    type SharedMessage: Message + Send + Sync + 'static;

    /// The messages and events of a pipeline that borrows nothing.
    type SharedFeed: Feed<Message = Self::SharedMessage> + Send + 'static;

    /// Takes the messages for one pipeline, which must then see all of them.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Taken`](crate::ErrorKind::Taken) while another feed exists,
    /// [`ErrorKind::Closed`](crate::ErrorKind::Closed) after the source was closed.
    fn feed(&self) -> Result<Self::Feed<'_>, Error>;

    /// As [`feed`](Self::feed), for a pipeline that borrows nothing.
    ///
    /// # Errors
    ///
    /// As [`feed`](Self::feed).
    fn shared_feed(&self) -> Result<Self::SharedFeed, Error>;

    /// Returns how long a revoke can be held: the deadline of a [`Revoked`] lies no further ahead.
    fn hold_limit(&self) -> Duration;

    /// Returns the partition of an epoch, unless the epoch is over: then nothing of it can be committed any more.
    fn partition_of(&self, epoch: Epoch) -> Option<TopicPartition>;

    /// Returns whom a transaction commits positions for: the group's present generation, and this member of it. Who finds
    /// an epoch not over after the answer knows that it was this member's in that generation.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoGroup`](crate::ErrorKind::NoGroup) without a group,
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if transactions cannot be relied on with the source's settings,
    /// [`ErrorKind::Closed`](crate::ErrorKind::Closed) after the source was closed; any other may pass.
    fn group_metadata(&self) -> impl Future<Output = Result<GroupMetadata, Error>> + Send;

    /// Leaves the group after the pipeline has ended, so that its partitions go to others at once. A source that is only
    /// a part of a group's member does nothing.
    fn leave(&self, within: Duration) -> impl Future<Output = ()> + Send;
}

/// What a pipeline can be begun over: a source, or what one is made from.
pub trait IntoSource {
    /// The source.
    type Source: Source;

    /// Returns the source.
    fn into_source(self) -> Self::Source;
}

/// The messages and events of a pipeline, which has them to itself until it drops the feed.
pub trait Feed: Unpin {
    /// A message, which may borrow from the source.
    type Message;

    /// Returns the next message, an error that belongs in the message's place, or `None` once the source is closed.
    fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Self::Message, Error>>>;

    /// Returns the next message if it is in hand: what [`poll_message`](Self::poll_message) would return at once, without
    /// looking any further. It may always say no.
    fn next_in_hand(&mut self) -> Option<Self::Message>;

    /// Returns what all messages in hand have in common: those that [`next_in_hand`](Self::next_in_hand) will return before it
    /// says no. `None` if nothing is in hand, or it is not known to be so; a feed may leave it at that.
    fn in_hand(&self) -> Option<InHand> {
        None
    }

    /// Returns the next event. To be polled before messages, so that nothing of a revoked partition is started.
    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Event>;

    /// Tells whether an event may be waiting, at the price of one load.
    fn has_event(&self) -> bool;

    /// Completes when `at` has come, and wakes the task then. A feed waits for one instant at a time, the last asked for.
    fn poll_until(&mut self, at: Instant, cx: &mut Context<'_>) -> Poll<()>;

    /// Returns what time it is to this source.
    fn now(&self) -> Instant;

    /// Delivers no more messages of an epoch, from this call on, until [`serve`](Self::serve). What was fetched stays
    /// where it is, in order; the other epochs go on.
    fn withhold(&mut self, epoch: Epoch);

    /// Delivers an epoch's messages again after [`withhold`](Self::withhold).
    fn serve(&mut self, epoch: Epoch);

    /// Returns where an epoch is read on if all that was fetched of it is delivered. That may lie beyond the last
    /// message, behind what is never delivered: transaction markers, and offsets that compaction has emptied.
    fn position(&mut self, epoch: Epoch) -> Option<Position>;

    /// Tells, once, that something was passed over that can never be delivered, so that [`position`](Self::position) may
    /// have moved without a message.
    fn take_passed_over(&mut self) -> bool;

    /// Says, before anything is taken, that what is done is committed in transactions: from here on nothing of a partition is
    /// delivered before it is sure from where on, although one that has committed more may just be ending.
    ///
    /// As written here it does nothing: for a source without transactions.
    fn expect_transactions(&mut self) {}

    /// Gives back what was delivered from `position` on: it will be delivered again, to whoever reads the partition next.
    fn rewind(&mut self, epoch: Epoch, position: Position);

    /// As [`rewind`](Self::rewind), for who does not know whether the transaction counts in which `sent` was to be committed:
    /// if the group says so, delivery goes on there. A transaction that is open is waited for, as far as the group knows of it.
    ///
    /// As written here it always rewinds: for a source without transactions.
    fn rewind_unless_committed(&mut self, epoch: Epoch, position: Position, sent: Position) {
        let _ = sent;
        self.rewind(epoch, position);
    }
}

/// What messages in hand have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InHand {
    /// Their epoch.
    pub epoch: Epoch,
    /// Their leader epoch, if the brokers say one.
    pub leader_epoch: Option<i32>,
}

/// What happens to the partitions of a pipeline.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// Partitions were assigned; the list may be empty, and then only says that a rebalance is over.
    Assigned(Vec<Assigned>),
    /// Partitions will be taken away as soon as the token is dropped.
    Revoked(Revoked),
    /// Partitions are gone.
    Lost(Lost),
}
