//! A source that does what the test says, in a time that the test moves.

use std::{
    collections::VecDeque,
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use klamm_core::{
    Epoch, Error, GroupMetadata, Message, Position, Timestamp, TopicPartition,
    contract::{
        Assigned, Commit, CommitAnswer, CommitResult, Event, Feed, InHand, IntoSource, Revoked, Source,
    },
    message::{Headers, HeadersError},
};

/// A message of the script.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    pub(crate) epoch: Epoch,
    pub(crate) offset: i64,
    pub(crate) key: Option<&'static [u8]>,
}

impl Message for Line {
    fn key(&self) -> Option<&[u8]> {
        self.key
    }

    fn payload(&self) -> Option<&[u8]> {
        None
    }

    fn topic(&self) -> &'static str {
        "script"
    }

    fn partition(&self) -> i32 {
        i32::try_from(self.epoch.slot()).unwrap()
    }

    fn offset(&self) -> i64 {
        self.offset
    }

    fn timestamp(&self) -> Timestamp {
        Timestamp::NotAvailable
    }

    fn leader_epoch(&self) -> Option<i32> {
        None
    }

    fn try_headers(&self) -> Result<Option<Headers<'_>>, HeadersError> {
        Ok(None)
    }

    fn epoch(&self) -> Epoch {
        self.epoch
    }
}

/// What a commit is answered with, given its position.
pub(crate) type Answer = fn(Position) -> CommitResult;

/// What the test and the source share.
pub(crate) struct State {
    pub(crate) messages: VecDeque<Line>,
    /// Every message that was ever to be delivered: those behind a rewind are delivered again.
    log: Vec<Line>,
    pub(crate) events: VecDeque<Event>,
    /// Answers to the next commits; `Committed` when there are none left.
    pub(crate) answers: VecDeque<Answer>,
    /// While this is set no commit is answered.
    pub(crate) silent: bool,
    pub(crate) is_over: bool,
    /// Every commit that was asked for.
    pub(crate) commits: Vec<Vec<(Epoch, i64)>>,
    pub(crate) rewinds: Vec<(Epoch, i64)>,
    /// Where delivery goes on instead, for some of them, if that is committed.
    pub(crate) in_doubt: Vec<(Epoch, Position)>,
    pub(crate) withheld: Vec<Epoch>,
    /// The epoch that was delivered last: messages of it are in hand.
    pub(crate) hand: Option<Epoch>,
    assigned: Vec<Epoch>,
    /// Epochs of which nothing can be committed any more, although their pipeline was not told.
    pub(crate) over: Vec<Epoch>,
    /// What the source's member is in, as its transactions are told.
    pub(crate) generation: i32,
    /// Where epochs rest of which nothing is under way.
    pub(crate) rests: Vec<(Epoch, i64)>,
    pub(crate) has_passed_over: bool,
    /// How long the source was told it may take to leave its group.
    pub(crate) leaving: Option<Duration>,
    now: Instant,
}

impl State {
    fn extend(&mut self, lines: impl IntoIterator<Item = Line>) {
        for line in lines {
            self.messages.push_back(line);
            self.log.push(line);
        }
    }
}

/// A source that does what the test says.
#[derive(Clone)]
pub(crate) struct Script(Arc<Mutex<State>>);

impl Script {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(State {
            messages: VecDeque::new(),
            log: Vec::new(),
            events: VecDeque::new(),
            answers: VecDeque::new(),
            silent: false,
            is_over: false,
            commits: Vec::new(),
            rewinds: Vec::new(),
            in_doubt: Vec::new(),
            withheld: Vec::new(),
            hand: None,
            assigned: Vec::new(),
            over: Vec::new(),
            generation: 1,
            rests: Vec::new(),
            has_passed_over: false,
            leaving: None,
            now: Instant::now(),
        })))
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Moves the time.
    pub(crate) fn pass(&self, time: Duration) {
        self.state().now += time;
    }

    /// Delivers messages of an epoch.
    pub(crate) fn deliver(&self, epoch: Epoch, offsets: impl IntoIterator<Item = i64>) {
        self.assign_first(epoch);
        let lines = offsets.into_iter().map(|offset| Line { epoch, offset, key: None });
        self.state().extend(lines);
    }

    /// Delivers one message with a key.
    pub(crate) fn deliver_keyed(&self, epoch: Epoch, offset: i64, key: &'static str) {
        self.assign_first(epoch);
        self.state().extend([Line { epoch, offset, key: Some(key.as_bytes()) }]);
    }

    /// Assigns an epoch, unless it was.
    fn assign_first(&self, epoch: Epoch) {
        let is_new = !self.state().assigned.contains(&epoch);
        if is_new {
            self.assign(epoch);
        }
    }

    /// Assigns an epoch.
    pub(crate) fn assign(&self, epoch: Epoch) {
        self.state().assigned.push(epoch);
        let assigned = Assigned { partition: partition(epoch), epoch };
        self.state().events.push_back(Event::Assigned(vec![assigned]));
    }

    /// Revokes epochs. Returns what tells whether the token was dropped.
    pub(crate) fn revoke(&self, epochs: Vec<Epoch>, within: Duration) -> Arc<AtomicBool> {
        let is_released = Arc::new(AtomicBool::new(false));
        let release = Arc::clone(&is_released);
        let mut state = self.state();
        let deadline = state.now + within;
        let token = Revoked::new(epochs, deadline, move || release.store(true, Ordering::Relaxed));
        state.events.push_back(Event::Revoked(token));
        is_released
    }

    /// What was asked to be committed so far, the last word for each epoch.
    pub(crate) fn asked(&self, epoch: Epoch) -> Option<i64> {
        let state = self.state();
        let all = state.commits.iter().flatten().filter(|(of, _)| *of == epoch);
        all.map(|(_, offset)| *offset).next_back()
    }
}

fn partition(epoch: Epoch) -> TopicPartition {
    TopicPartition::new("script", i32::try_from(epoch.slot()).unwrap())
}

/// Polls until the pipeline waits for something that does not come by itself.
pub(crate) fn run<F: Future + Unpin>(pipeline: &mut F) -> Option<F::Output> {
    let mut context = Context::from_waker(Waker::noop());
    // Often enough for everything that follows from what was said.
    for _ in 0..50 {
        if let Poll::Ready(output) = Pin::new(&mut *pipeline).poll(&mut context) {
            return Some(output);
        }
    }
    None
}

impl Source for Script {
    type Message<'c> = Line;
    type Feed<'c> = Script;
    type SharedMessage = Line;
    type SharedFeed = Script;

    fn feed(&self) -> Result<Self, Error> {
        Ok(self.clone())
    }

    fn shared_feed(&self) -> Result<Self, Error> {
        Ok(self.clone())
    }

    fn hold_limit(&self) -> Duration {
        Duration::from_secs(150)
    }

    fn partition_of(&self, epoch: Epoch) -> Option<TopicPartition> {
        let is_over = self.state().over.contains(&epoch);
        (!is_over).then(|| partition(epoch))
    }

    async fn group_metadata(&self) -> Result<GroupMetadata, Error> {
        let generation = self.state().generation;
        GroupMetadata::new("script", generation, "member")
    }

    async fn leave(&self, within: Duration) {
        self.state().leaving = Some(within);
    }
}

impl IntoSource for &Script {
    type Source = Script;

    fn into_source(self) -> Script {
        self.clone()
    }
}

impl Commit for Script {
    type Answer = ScriptedAnswer;

    fn commit(&self, positions: Vec<(Epoch, Position)>) -> ScriptedAnswer {
        self.state().commits.push(positions.iter().map(|(epoch, at)| (*epoch, at.offset())).collect());
        ScriptedAnswer { script: self.clone(), positions }
    }
}

/// An answer that comes unless the script is silent.
pub(crate) struct ScriptedAnswer {
    script: Script,
    positions: Vec<(Epoch, Position)>,
}

impl Future for ScriptedAnswer {
    type Output = CommitAnswer;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<CommitAnswer> {
        let mut state = self.script.state();
        if state.silent {
            return Poll::Pending;
        }
        let answer = state.answers.pop_front().unwrap_or(CommitResult::Committed);
        Poll::Ready(self.positions.iter().map(|(epoch, position)| (*epoch, answer(*position))).collect())
    }
}

impl Feed for Script {
    type Message = Line;

    fn poll_message(&mut self, _: &mut Context<'_>) -> Poll<Option<Result<Line, Error>>> {
        let mut state = self.state();
        let next = state.messages.iter().position(|line| !state.withheld.contains(&line.epoch));
        match next.and_then(|index| state.messages.remove(index)) {
            Some(line) => {
                state.hand = Some(line.epoch);
                Poll::Ready(Some(Ok(line)))
            }
            None if state.is_over && state.messages.is_empty() => Poll::Ready(None),
            None => Poll::Pending,
        }
    }

    fn next_in_hand(&mut self) -> Option<Line> {
        let mut state = self.state();
        let hand = state.hand.filter(|hand| !state.withheld.contains(hand));
        let is_in_hand = state.messages.front().is_some_and(|line| Some(line.epoch) == hand);
        if is_in_hand { state.messages.pop_front() } else { None }
    }

    fn in_hand(&self) -> Option<InHand> {
        let state = self.state();
        let front = state.messages.front().filter(|line| Some(line.epoch) == state.hand)?;
        Some(InHand { epoch: front.epoch, leader_epoch: None })
    }

    fn poll_event(&mut self, _: &mut Context<'_>) -> Poll<Event> {
        self.state().events.pop_front().map_or(Poll::Pending, Poll::Ready)
    }

    fn has_event(&self) -> bool {
        !self.state().events.is_empty()
    }

    fn poll_until(&mut self, at: Instant, _: &mut Context<'_>) -> Poll<()> {
        if self.now() >= at { Poll::Ready(()) } else { Poll::Pending }
    }

    fn now(&self) -> Instant {
        self.state().now
    }

    fn withhold(&mut self, epoch: Epoch) {
        self.state().withheld.push(epoch);
    }

    fn serve(&mut self, epoch: Epoch) {
        self.state().withheld.retain(|it| *it != epoch);
    }

    fn position(&mut self, epoch: Epoch) -> Option<Position> {
        let rests = &self.state().rests;
        rests.iter().find(|(of, _)| *of == epoch).map(|(_, offset)| Position::at(*offset))
    }

    fn take_passed_over(&mut self) -> bool {
        std::mem::take(&mut self.state().has_passed_over)
    }

    fn rewind(&mut self, epoch: Epoch, position: Position) {
        let mut state = self.state();
        state.rewinds.push((epoch, position.offset()));
        state.messages.retain(|line| line.epoch != epoch);
        if state.over.contains(&epoch) {
            return;
        }
        let again = |line: &&Line| line.epoch == epoch && line.offset >= position.offset();
        let again: Vec<Line> = state.log.iter().filter(again).copied().collect();
        again.into_iter().rev().for_each(|line| state.messages.push_front(line));
    }

    fn rewind_unless_committed(&mut self, epoch: Epoch, position: Position, sent: Position) {
        self.state().in_doubt.push((epoch, sent));
        self.rewind(epoch, position);
    }
}
