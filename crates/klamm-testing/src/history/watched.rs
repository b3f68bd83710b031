//! A source whose messages, events and commits are noted on their way.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use klamm_core::{
    Epoch, Error, GroupMetadata, Position, TopicPartition,
    contract::{Commit, CommitAnswer, Event, Feed, InHand, IntoSource, Revoked, Source},
};

use super::{Happened, Member, Record};

impl Member {
    /// Watches a source: what its pipeline is handed, hears, gives back and commits is noted.
    pub fn watch<S: Source>(&self, source: S) -> Watched<S> {
        Watched { source, member: self.clone() }
    }
}

/// A source that is watched; to its pipeline it is what it was.
#[derive(Clone, Debug)]
pub struct Watched<S> {
    source: S,
    member: Member,
}

impl<S: Source> Source for Watched<S> {
    type Message<'c> = S::Message<'c>;
    type Feed<'c> = WatchedFeed<S::Feed<'c>>;
    type SharedMessage = S::SharedMessage;
    type SharedFeed = WatchedFeed<S::SharedFeed>;

    fn feed(&self) -> Result<Self::Feed<'_>, Error> {
        Ok(WatchedFeed::open(self.source.feed()?, &self.member))
    }

    fn shared_feed(&self) -> Result<Self::SharedFeed, Error> {
        Ok(WatchedFeed::open(self.source.shared_feed()?, &self.member))
    }

    fn hold_limit(&self) -> Duration {
        self.source.hold_limit()
    }

    fn partition_of(&self, epoch: Epoch) -> Option<TopicPartition> {
        self.source.partition_of(epoch)
    }

    fn group_metadata(&self) -> impl Future<Output = Result<GroupMetadata, Error>> + Send {
        self.source.group_metadata()
    }

    fn leave(&self, within: Duration) -> impl Future<Output = ()> + Send {
        self.source.leave(within)
    }
}

impl<S: Source> IntoSource for Watched<S> {
    type Source = Self;

    fn into_source(self) -> Self {
        self
    }
}

impl<S: Source> Commit for Watched<S> {
    type Answer = WatchedAnswer<S::Answer>;

    fn commit(&self, positions: Vec<(Epoch, Position)>) -> Self::Answer {
        let asked = positions.iter().map(|(epoch, position)| (*epoch, position.offset()));
        self.member.note(Happened::Asked(asked.collect()));
        WatchedAnswer { answer: self.source.commit(positions), member: self.member.clone() }
    }
}

/// The answer to a commit that is watched.
#[derive(Debug)]
#[must_use = "without it nothing is known of the commit"]
pub struct WatchedAnswer<A> {
    answer: A,
    member: Member,
}

impl<A: Future<Output = CommitAnswer> + Unpin> Future for WatchedAnswer<A> {
    type Output = CommitAnswer;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<CommitAnswer> {
        let answer = ready!(Pin::new(&mut self.answer).poll(cx));
        self.member.note(Happened::Answered(answer.clone()));
        Poll::Ready(answer)
    }
}

/// The messages and events of a pipeline that is watched.
pub struct WatchedFeed<F> {
    feed: F,
    member: Member,
}

impl<F> WatchedFeed<F> {
    fn open(feed: F, member: &Member) -> Self {
        member.note(Happened::Opened);
        Self { feed, member: member.clone() }
    }

    /// Notes an event. The token of a revoke is wrapped, so that its end is noted too, before the source hears of it.
    fn event(&self, event: Event) -> Event {
        match event {
            Event::Assigned(assigned) => {
                self.member.note(Happened::Assigned(assigned.clone()));
                Event::Assigned(assigned)
            }
            Event::Revoked(token) => {
                let (epochs, deadline) = (token.epochs().to_vec(), token.deadline());
                let until = self.member.since_began(deadline);
                self.member.note(Happened::Revoked { epochs: epochs.clone(), deadline: until });
                let (member, released) = (self.member.clone(), epochs.clone());
                Event::Revoked(Revoked::new(epochs, deadline, move || {
                    member.note(Happened::Released { epochs: released });
                    drop(token);
                }))
            }
            Event::Lost(lost) => {
                self.member.note(Happened::Lost { epochs: lost.epochs.clone() });
                Event::Lost(lost)
            }
            other => other,
        }
    }
}

impl<F: Feed> Feed for WatchedFeed<F>
where
    F::Message: klamm_core::Message,
{
    type Message = F::Message;

    fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<F::Message, Error>>> {
        let item = ready!(self.feed.poll_message(cx));
        if let Some(Ok(message)) = &item {
            self.member.note(Happened::Delivered(Arc::new(Record::of(message))));
        }
        Poll::Ready(item)
    }

    fn next_in_hand(&mut self) -> Option<F::Message> {
        let message = self.feed.next_in_hand()?;
        self.member.note(Happened::Delivered(Arc::new(Record::of(&message))));
        Some(message)
    }

    fn in_hand(&self) -> Option<InHand> {
        self.feed.in_hand()
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Event> {
        self.feed.poll_event(cx).map(|event| self.event(event))
    }

    fn has_event(&self) -> bool {
        self.feed.has_event()
    }

    fn poll_until(&mut self, at: Instant, cx: &mut Context<'_>) -> Poll<()> {
        self.feed.poll_until(at, cx)
    }

    fn now(&self) -> Instant {
        self.feed.now()
    }

    fn withhold(&mut self, epoch: Epoch) {
        self.feed.withhold(epoch);
    }

    fn serve(&mut self, epoch: Epoch) {
        self.feed.serve(epoch);
    }

    fn position(&mut self, epoch: Epoch) -> Option<Position> {
        self.feed.position(epoch)
    }

    fn take_passed_over(&mut self) -> bool {
        self.feed.take_passed_over()
    }

    fn rewind(&mut self, epoch: Epoch, position: Position) {
        self.member.note(Happened::Rewound { epoch, offset: position.offset() });
        self.feed.rewind(epoch, position);
    }

    fn expect_transactions(&mut self) {
        self.feed.expect_transactions();
    }

    fn rewind_unless_committed(&mut self, epoch: Epoch, position: Position, sent: Position) {
        self.member.note(Happened::Rewound { epoch, offset: position.offset() });
        self.feed.rewind_unless_committed(epoch, position, sent);
    }
}

impl<F> Drop for WatchedFeed<F> {
    fn drop(&mut self) {
        self.member.note(Happened::Ended);
    }
}

impl<F> fmt::Debug for WatchedFeed<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WatchedFeed").field("member", &self.member.name()).finish_non_exhaustive()
    }
}
