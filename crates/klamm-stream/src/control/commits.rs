//! One commit request at a time, fenced by epoch when it is built and again when it is answered.

use std::{collections::HashMap, sync::Arc, time::Instant};

use futures_channel::oneshot;
use klamm_core::{
    Epoch, ErrorCode, PartitionOffset, Position, TopicPartitionList,
    contract::{CommitAnswer, CommitResult},
    native::{CommitToken, EventQueue},
};

use crate::{
    partition::{Partition, Phase},
    shared::Shared,
};

/// The commit requests of a consumer: one in flight, the others gathered into the next.
#[derive(Default)]
pub(super) struct Commits {
    waiting: Vec<Ask>,
    flight: Option<Flight>,
    next: usize,
}

/// What somebody wants committed.
pub(super) struct Ask {
    pub(super) positions: Vec<(Epoch, Position)>,
    pub(super) reply: oneshot::Sender<CommitAnswer>,
    pub(super) deadline: Option<Instant>,
}

/// A request that was sent.
struct Flight {
    token: CommitToken,
    sent: Vec<(Arc<Partition>, Position)>,
    asks: Vec<Ask>,
}

/// An answer that has come.
pub(super) struct Answered {
    /// The partitions that the group says are another's.
    pub(super) fenced: Vec<Arc<Partition>>,
    asks: Vec<Ask>,
    outcomes: HashMap<Epoch, CommitResult>,
}

impl Answered {
    /// Tells those who have asked. What is fenced is to be given up before: whoever hears of it and begins anew must not
    /// be handed the same assignment again.
    pub(super) fn tell(self, shared: &Shared) {
        answer(shared, self.asks, &self.outcomes);
    }
}

impl Commits {
    pub(super) fn ask(&mut self, ask: Ask) {
        self.waiting.push(ask);
    }

    /// Sends the next request, unless one is in flight or nothing waits.
    pub(super) fn pump(&mut self, shared: &Shared, queue: &EventQueue) {
        if self.flight.is_some() || self.waiting.is_empty() {
            return;
        }
        let asks = std::mem::take(&mut self.waiting);
        let sent = gather(shared, &asks);
        if sent.is_empty() {
            answer(shared, asks, &HashMap::new());
            return;
        }
        let list: TopicPartitionList = sent
            .iter()
            .map(|(partition, position)| PartitionOffset::at(partition.name.clone(), *position))
            .collect();
        self.next += 1;
        let token = CommitToken::new(self.next);
        match shared.client.commit(list.as_slice(), queue, token) {
            Ok(()) => self.flight = Some(Flight { token, sent, asks }),
            Err(error) => answer(shared, asks, &outcomes(&sent, error.code(), &TopicPartitionList::new())),
        }
    }

    /// Takes the answer to the request in flight, which is still to be [told](Answered::tell).
    pub(super) fn answered(
        &mut self,
        token: CommitToken,
        error: Option<ErrorCode>,
        partitions: &TopicPartitionList,
    ) -> Option<Answered> {
        let flight = self.flight.take_if(|flight| flight.token == token)?;
        let outcomes = outcomes(&flight.sent, error, partitions);
        for (partition, position) in &flight.sent {
            if let Some(CommitResult::Committed(_)) = outcomes.get(&partition.epoch) {
                partition.set_committed(position.offset());
            }
        }
        let is_fenced = |epoch| matches!(outcomes.get(&epoch), Some(CommitResult::Fenced(Some(_))));
        let partitions = flight.sent.into_iter().map(|(partition, _)| partition);
        let fenced = partitions.filter(|it| is_fenced(it.epoch)).collect();
        Some(Answered { fenced, asks: flight.asks, outcomes })
    }

    /// Tells whether nothing of these partitions is in flight or waits.
    pub(super) fn is_idle_for(&self, partitions: &[Arc<Partition>]) -> bool {
        let concerns = |epoch: Epoch| partitions.iter().any(|partition| partition.epoch == epoch);
        let in_flight = self.flight.iter().flat_map(|flight| &flight.sent);
        let waiting = self.waiting.iter().flat_map(|ask| &ask.positions);
        !in_flight.map(|(partition, _)| partition.epoch).any(concerns)
            && !waiting.map(|(epoch, _)| *epoch).any(concerns)
    }

    /// Lets go of callers whose time is over: their dropped reply tells them. What was sent stays sent.
    pub(super) fn expire(&mut self, now: Instant) {
        let has_time = |ask: &Ask| ask.deadline.is_none_or(|deadline| now < deadline);
        self.waiting.retain(has_time);
        if let Some(flight) = &mut self.flight {
            flight.asks.retain(has_time);
        }
    }

    /// Returns when the first caller's time is over.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        let in_flight = self.flight.iter().flat_map(|flight| &flight.asks);
        self.waiting.iter().chain(in_flight).filter_map(|ask| ask.deadline).min()
    }

    /// Answers everything as closed.
    pub(super) fn close(&mut self) {
        let in_flight = self.flight.take().into_iter().flat_map(|flight| flight.asks);
        for ask in std::mem::take(&mut self.waiting).into_iter().chain(in_flight) {
            let closed = ask.positions.iter().map(|(epoch, _)| (*epoch, CommitResult::Closed)).collect();
            ask.reply.send(closed).ok();
        }
    }
}

/// The highest position of each epoch that is open and has not committed it already.
fn gather(shared: &Shared, asks: &[Ask]) -> Vec<(Arc<Partition>, Position)> {
    let mut highest = HashMap::<Epoch, Position>::new();
    for (epoch, position) in asks.iter().flat_map(|ask| &ask.positions) {
        let known = highest.entry(*epoch).or_insert(*position);
        if known.offset() < position.offset() {
            *known = *position;
        }
    }
    highest
        .into_iter()
        .filter_map(|(epoch, position)| {
            let partition = shared.table.of(epoch)?;
            let is_wanted = partition.phase() != Phase::Closed && partition.committed() < position.offset();
            is_wanted.then_some((partition, position))
        })
        .collect()
}

/// What became of each position that was sent.
fn outcomes(
    sent: &[(Arc<Partition>, Position)],
    error: Option<ErrorCode>,
    partitions: &TopicPartitionList,
) -> HashMap<Epoch, CommitResult> {
    sent.iter()
        .map(|(partition, position)| {
            let own = partitions.get(&partition.name.topic, partition.name.partition);
            let code = own.and_then(|entry| entry.error).or(error);
            // Whatever the group said: an epoch that ended meanwhile is no longer ours to speak of.
            let result = match partition.phase() {
                Phase::Closed => CommitResult::Fenced(code),
                _ => CommitResult::classify(*position, code),
            };
            (partition.epoch, result)
        })
        .collect()
}

fn answer(shared: &Shared, asks: Vec<Ask>, outcomes: &HashMap<Epoch, CommitResult>) {
    for ask in asks {
        let result = |(epoch, position): &(Epoch, Position)| {
            let known = outcomes.get(epoch).copied();
            let result = match shared.table.of(*epoch).filter(|it| it.phase() != Phase::Closed) {
                None => known
                    .filter(|it| matches!(it, CommitResult::Fenced(_)))
                    .unwrap_or(CommitResult::Fenced(None)),
                Some(partition) if partition.committed() >= position.offset() => {
                    CommitResult::Committed(*position)
                }
                Some(_) => known.unwrap_or(CommitResult::Fenced(None)),
            };
            (*epoch, result)
        };
        ask.reply.send(ask.positions.iter().map(result).collect()).ok();
    }
}
