//! The consumer as a source of a pipeline.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Instant,
};

use futures_channel::oneshot;
use klamm_core::{
    BorrowedMessage, Epoch, Error, ErrorKind, Position,
    contract::{Assigned, Commit, CommitAnswer, CommitResult, Event, Feed, Source},
    native::Lending,
};

use super::{
    Cursor,
    cursor::{self, Reach},
};
use crate::{Consumer, control::Request, partition::Phase, shared::Shared, wake::Reader};

/// The messages and events of the one pipeline that has taken a consumer.
pub struct ConsumerFeed<'c> {
    shared: &'c Shared,
    cursor: Cursor<Lending<'c>>,
    reader: Reader,
}

impl<'c> ConsumerFeed<'c> {
    fn new(shared: &'c Shared) -> Result<Self, Error> {
        if shared.requests.is_over() {
            return Err(Error::from(ErrorKind::Closed));
        }
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
        Ok(Self { shared, cursor: Cursor::lending(&shared.client), reader })
    }
}

impl<'c> Feed for ConsumerFeed<'c> {
    type Message = BorrowedMessage<'c>;

    #[inline]
    fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<BorrowedMessage<'c>, Error>>> {
        match self.cursor.next_message() {
            Some(message) => Poll::Ready(Some(Ok(message))),
            None => {
                self.cursor.poll_next(self.shared, &mut self.reader, Reach::All, cx, Cursor::next_message)
            }
        }
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Event> {
        self.shared.feed.poll_event(cx)
    }

    #[inline]
    fn has_event(&self) -> bool {
        self.shared.feed.has_event()
    }

    fn poll_until(&mut self, at: Instant, cx: &mut Context<'_>) -> Poll<()> {
        if self.now() >= at {
            return Poll::Ready(());
        }
        if self.shared.feed.set_alarm(at, cx) {
            self.shared.requests.interrupt();
        }
        Poll::Pending
    }

    fn now(&self) -> Instant {
        Instant::now()
    }

    fn rewind(&mut self, epoch: Epoch, position: Position) {
        if let Some(partition) = self.shared.table.of(epoch) {
            partition.suspend();
            self.shared.requests.send(Request::Rewind(epoch, position));
        }
    }
}

impl Drop for ConsumerFeed<'_> {
    fn drop(&mut self) {
        self.cursor.give_back(self.shared);
        self.shared.feed.detach();
        self.shared.close_feed();
    }
}

impl fmt::Debug for ConsumerFeed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsumerFeed").finish_non_exhaustive()
    }
}

impl Source for Consumer {
    type Message<'c> = BorrowedMessage<'c>;
    type Feed<'c> = ConsumerFeed<'c>;

    fn feed(&self) -> Result<ConsumerFeed<'_>, Error> {
        ConsumerFeed::new(self.shared())
    }
}

impl Commit for Consumer {
    type Answer = Commits;

    fn commit(&self, positions: Vec<(Epoch, Position)>) -> Commits {
        let epochs = positions.iter().map(|(epoch, _)| *epoch).collect();
        let (reply, answer) = oneshot::channel();
        if self.shared().has_group {
            self.shared().requests.send(Request::Commit { positions, reply, deadline: None });
        } else {
            // There is nobody to tell, and so nothing that could be behind.
            let done = |(epoch, position)| (epoch, CommitResult::Committed(position));
            reply.send(positions.into_iter().map(done).collect()).ok();
        }
        Commits { epochs, answer }
    }
}

/// The answer to a commit.
///
/// # Cancel safety
///
/// The request was sent when this was made; dropping it changes nothing about that.
#[must_use = "without it nothing is known of the commit"]
#[derive(Debug)]
pub struct Commits {
    epochs: Vec<Epoch>,
    answer: oneshot::Receiver<CommitAnswer>,
}

impl Future for Commits {
    type Output = CommitAnswer;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<CommitAnswer> {
        let this = self.get_mut();
        let answer = ready!(Pin::new(&mut this.answer).poll(cx));
        // A control thread that has ended answers nobody.
        let closed = || this.epochs.iter().map(|epoch| (*epoch, CommitResult::Closed)).collect();
        Poll::Ready(answer.unwrap_or_else(|_| closed()))
    }
}
