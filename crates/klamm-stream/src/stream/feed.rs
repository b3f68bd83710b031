//! The messages and events of one pipeline.

use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use klamm_core::{
    Epoch, Error, ErrorKind, Position,
    contract::{Assigned, Event, Feed, InHand},
    native::{Batch, Keep, Lending},
};

use super::{
    Cursor,
    cursor::{self, Reach},
    seat::Seat,
};
use crate::{
    Consumer,
    control::{Alarm, Request},
    feed_box::FeedBox,
    partition::{Partition, Pause, Phase},
    shared::Shared,
    wake::Reader,
};

/// The messages and events of one pipeline: that of a consumer, or that of one of its partitions.
///
/// It ends as it is dropped: what it has not delivered goes back, what it has withheld is served again, and the tokens that
/// it has not handed out are dropped.
pub struct PipelineFeed<B: Keep> {
    // Given back before the consumer is let go of.
    cursor: Cursor<B>,
    reader: Reader,
    events: Arc<FeedBox>,
    alarm: Alarm,
    scope: Scope,
    consumer: Consumer,
}

/// A feed whose messages borrow from the consumer.
pub type ConsumerFeed<'c> = PipelineFeed<Lending<'c>>;

/// A feed whose messages keep the client alive: `'static`, to be spawned and stored.
pub type SharedConsumerFeed = PipelineFeed<Batch>;

/// What a feed reads.
enum Scope {
    All,
    One(Arc<Seat>),
}

impl<B: Keep> PipelineFeed<B> {
    /// Takes all messages of a consumer.
    pub(super) fn of_all(consumer: &Consumer, cursor: Cursor<B>) -> Result<Self, Error> {
        let shared = open(consumer)?;
        shared.open_feed()?;
        let Some(reader) = Reader::lasting(&shared.hub) else {
            shared.close_feed();
            return Err(cursor::too_many());
        };
        shared.give_back_received();
        shared.feed.attach(|| {
            let active = shared.table.all().into_iter().filter(|it| it.phase() == Phase::Active);
            let assigned = active.map(|it| Assigned { partition: it.name.clone(), epoch: it.epoch });
            Event::Assigned(assigned.collect())
        });
        Ok(Self::new(consumer, cursor, reader, Arc::clone(&shared.feed), Scope::All))
    }

    /// Takes the messages of one partition.
    pub(super) fn of_one(seat: &Arc<Seat>, cursor: Cursor<B>) -> Result<Self, Error> {
        let shared = open(&seat.consumer)?;
        if !seat.take() {
            return Err(Error::from(ErrorKind::Taken));
        }
        let Some(reader) = Reader::lone(&shared.hub) else {
            seat.give_back();
            return Err(cursor::too_many());
        };
        let Partition { name, epoch, slot, reading, .. } = &*seat.partition;
        reader.own(slot);
        let events = Arc::new(FeedBox::default());
        events.attach(|| Event::Assigned(vec![Assigned { partition: name.clone(), epoch: *epoch }]));
        reading.attach(*epoch, &events);
        Ok(Self::new(&seat.consumer, cursor, reader, events, Scope::One(Arc::clone(seat))))
    }

    fn new(
        consumer: &Consumer,
        cursor: Cursor<B>,
        reader: Reader,
        events: Arc<FeedBox>,
        scope: Scope,
    ) -> Self {
        let alarm = consumer.shared().alarms.place();
        Self { cursor, reader, events, alarm, scope, consumer: consumer.clone() }
    }

    /// Goes on when nothing is left of the last batch.
    #[inline(never)]
    fn poll_slow(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<B::Message, Error>>> {
        let Self { cursor, reader, scope, consumer, .. } = self;
        let reach = match scope {
            Scope::All => Reach::All,
            Scope::One(seat) => Reach::One(&seat.partition),
        };
        cursor.poll_next(consumer.shared(), reader, reach, cx, Cursor::next_message)
    }

    /// Returns the partition of an epoch, unless that is over or of no concern here.
    fn partition(&self, epoch: Epoch) -> Option<Arc<Partition>> {
        match &self.scope {
            Scope::All => self.consumer.shared().table.of(epoch),
            Scope::One(seat) => Some(Arc::clone(&seat.partition)).filter(|it| it.epoch == epoch),
        }
    }
}

/// Looks whether a consumer can have a pipeline.
fn open(consumer: &Consumer) -> Result<&Shared, Error> {
    let shared = consumer.shared();
    let is_closed = shared.requests.is_over() || shared.closed().is_some();
    if is_closed { Err(Error::from(ErrorKind::Closed)) } else { Ok(shared) }
}

impl<B: Keep> Feed for PipelineFeed<B> {
    type Message = B::Message;

    #[inline]
    fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<B::Message, Error>>> {
        match self.cursor.next_message() {
            Some(message) => Poll::Ready(Some(Ok(message))),
            None => self.poll_slow(cx),
        }
    }

    #[inline]
    fn next_in_hand(&mut self) -> Option<B::Message> {
        self.cursor.next_message()
    }

    fn in_hand(&self) -> Option<InHand> {
        self.cursor.in_hand()
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Event> {
        self.events.poll_event(cx)
    }

    #[inline]
    fn has_event(&self) -> bool {
        self.events.has_event()
    }

    fn poll_until(&mut self, at: Instant, cx: &mut Context<'_>) -> Poll<()> {
        if self.now() >= at {
            return Poll::Ready(());
        }
        let shared = self.consumer.shared();
        if shared.alarms.set(&mut self.alarm, at, cx) {
            shared.requests.interrupt();
        }
        Poll::Pending
    }

    fn now(&self) -> Instant {
        Instant::now()
    }

    fn withhold(&mut self, epoch: Epoch) {
        if let Some(partition) = self.partition(epoch) {
            partition.pause(Pause::Pipeline);
        }
    }

    fn serve(&mut self, epoch: Epoch) {
        if let Some(partition) = self.partition(epoch) {
            partition.resume(&self.consumer.shared().hub, Pause::Pipeline);
        }
    }

    fn position(&mut self, epoch: Epoch) -> Option<Position> {
        self.partition(epoch)?.reached(&self.consumer.shared().client)
    }

    /// Partitions that a group assigns are then delivered once it has said what is committed, waiting for open transactions
    /// (`rd_kafka_committed`).
    fn expect_transactions(&mut self) {
        self.consumer.shared().requests.send(Request::ExpectTransactions);
    }

    fn take_passed_over(&mut self) -> bool {
        self.cursor.take_passed_over()
    }

    fn rewind(&mut self, epoch: Epoch, position: Position) {
        if let Some(partition) = self.partition(epoch) {
            partition.suspend();
            self.consumer.shared().requests.send(Request::Rewind(epoch, position));
        }
    }

    /// The coordinator is asked until it answers. It waits for an open transaction unless the consumer's `isolation.level` is
    /// `read_uncommitted` (`rd_kafka_committed`).
    fn rewind_unless_committed(&mut self, epoch: Epoch, position: Position, sent: Position) {
        if let Some(partition) = self.partition(epoch) {
            partition.suspend();
            self.consumer.shared().requests.send(Request::RewindUnless(epoch, position, sent));
        }
    }
}

impl<B: Keep> Drop for PipelineFeed<B> {
    fn drop(&mut self) {
        let shared = self.consumer.shared();
        self.cursor.give_back(shared);
        let partitions = match &self.scope {
            Scope::All => shared.table.all(),
            Scope::One(seat) => vec![Arc::clone(&seat.partition)],
        };
        for partition in partitions.iter().filter(|it| it.is_paused_by(Pause::Pipeline)) {
            partition.resume(&shared.hub, Pause::Pipeline);
        }
        shared.alarms.clear(&mut self.alarm);
        match &self.scope {
            Scope::All => {
                self.events.detach();
                shared.close_feed();
            }
            Scope::One(seat) => {
                seat.partition.reading.detach();
                self.events.detach();
                seat.give_back();
            }
        }
    }
}

impl<B: Keep> fmt::Debug for PipelineFeed<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PipelineFeed").finish_non_exhaustive()
    }
}
