//! A source that makes up its messages as they are asked for.

use std::{
    future::{Ready, ready},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use klamm_core::{
    Epoch, Error, ErrorKind, GroupMetadata, Message, Position, Timestamp, TopicPartition,
    contract::{Assigned, Commit, CommitAnswer, CommitResult, Event, Feed, IntoSource, Source},
    message::{Headers, HeadersError},
};

/// Partitions that the messages are of, in turn.
const PARTITIONS: u32 = 12;

/// A source of messages whose keys come in turn.
#[derive(Clone, Debug)]
pub(crate) struct MadeUp {
    keys: u64,
    epochs: Vec<Epoch>,
    /// How many there are so far.
    end: Arc<AtomicU64>,
}

impl MadeUp {
    pub(crate) fn new(keys: u64) -> Self {
        let epochs = (0..PARTITIONS).map(Epoch::next).collect();
        Self { keys, epochs, end: Arc::default() }
    }

    /// Has so many messages more.
    pub(crate) fn add(&self, messages: usize) {
        self.end.fetch_add(messages as u64, Ordering::Relaxed);
    }
}

/// A message of which only the key matters.
pub(crate) struct Keyed {
    epoch: Epoch,
    offset: i64,
    key: [u8; 8],
}

impl Message for Keyed {
    fn key(&self) -> Option<&[u8]> {
        Some(&self.key)
    }

    fn payload(&self) -> Option<&[u8]> {
        None
    }

    fn topic(&self) -> &'static str {
        "made-up"
    }

    fn partition(&self) -> i32 {
        i32::try_from(self.epoch.slot()).unwrap_or(i32::MAX)
    }

    fn offset(&self) -> i64 {
        self.offset
    }

    fn timestamp(&self) -> Timestamp {
        Timestamp::NotAvailable
    }

    fn leader_epoch(&self) -> Option<i32> {
        Some(0)
    }

    fn try_headers(&self) -> Result<Option<Headers<'_>>, HeadersError> {
        Ok(None)
    }

    fn epoch(&self) -> Epoch {
        self.epoch
    }
}

/// The messages of such a source.
#[derive(Debug)]
pub(crate) struct MadeUpFeed {
    source: MadeUp,
    is_assigned: bool,
    next: u64,
    /// Of which partition the next is, and where.
    slot: usize,
    offset: i64,
}

impl MadeUpFeed {
    fn make(&mut self) -> Option<Keyed> {
        let number = self.next;
        if number == self.source.end.load(Ordering::Relaxed) {
            return None;
        }
        let key = (number % self.source.keys).to_be_bytes();
        let message = Keyed { epoch: self.source.epochs[self.slot], offset: self.offset, key };
        self.next += 1;
        self.slot += 1;
        if self.slot == self.source.epochs.len() {
            self.slot = 0;
            self.offset += 1;
        }
        Some(message)
    }
}

impl Feed for MadeUpFeed {
    type Message = Keyed;

    fn poll_message(&mut self, _: &mut Context<'_>) -> Poll<Option<Result<Keyed, Error>>> {
        // More come when it is polled again.
        self.make().map_or(Poll::Pending, |message| Poll::Ready(Some(Ok(message))))
    }

    fn next_in_hand(&mut self) -> Option<Keyed> {
        self.make()
    }

    fn poll_event(&mut self, _: &mut Context<'_>) -> Poll<Event> {
        if std::mem::replace(&mut self.is_assigned, true) {
            return Poll::Pending;
        }
        let assigned = (0..).zip(&self.source.epochs).map(|(number, epoch)| Assigned {
            partition: TopicPartition::new("made-up", number),
            epoch: *epoch,
        });
        Poll::Ready(Event::Assigned(assigned.collect()))
    }

    fn has_event(&self) -> bool {
        !self.is_assigned
    }

    fn poll_until(&mut self, at: Instant, _: &mut Context<'_>) -> Poll<()> {
        if self.now() >= at { Poll::Ready(()) } else { Poll::Pending }
    }

    fn now(&self) -> Instant {
        Instant::now()
    }

    fn withhold(&mut self, _: Epoch) {}

    fn serve(&mut self, _: Epoch) {}

    fn position(&mut self, _: Epoch) -> Option<Position> {
        None
    }

    fn take_passed_over(&mut self) -> bool {
        false
    }

    fn rewind(&mut self, _: Epoch, _: Position) {}
}

impl Source for MadeUp {
    type Message<'c> = Keyed;
    type Feed<'c> = MadeUpFeed;
    type SharedMessage = Keyed;
    type SharedFeed = MadeUpFeed;

    fn feed(&self) -> Result<MadeUpFeed, Error> {
        Ok(MadeUpFeed { source: self.clone(), is_assigned: false, next: 0, slot: 0, offset: 0 })
    }

    fn shared_feed(&self) -> Result<MadeUpFeed, Error> {
        self.feed()
    }

    fn hold_limit(&self) -> Duration {
        Duration::MAX
    }

    fn partition_of(&self, _: Epoch) -> Option<TopicPartition> {
        None
    }

    async fn group_metadata(&self) -> Result<GroupMetadata, Error> {
        Err(Error::from(ErrorKind::NoGroup { operation: "group_metadata" }))
    }

    async fn leave(&self, _: Duration) {}
}

impl Commit for MadeUp {
    type Answer = Ready<CommitAnswer>;

    fn commit(&self, positions: Vec<(Epoch, Position)>) -> Ready<CommitAnswer> {
        ready(positions.into_iter().map(|(epoch, at)| (epoch, CommitResult::Committed(at))).collect())
    }
}

impl IntoSource for MadeUp {
    type Source = Self;

    fn into_source(self) -> Self {
        self
    }
}
