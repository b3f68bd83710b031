//! Answering the group: assign, revoke, lost.

use std::{sync::Arc, time::Instant};

use klamm_core::{
    Epoch, Error, ErrorKind, PartitionOffset, TopicPartition, TopicPartitionList,
    contract::{Assigned, Event, Lost},
    native::{Rebalance, RebalanceKind, RebalanceProtocol},
};

use super::{Request, hold::Drain, thread::Control};
use crate::{
    ConsumerEvent,
    partition::{Partition, PartitionEnd, Phase},
    wake::SLOT_LIMIT,
};

/// A revoke that is being held.
pub(super) struct Hold {
    pub(super) drain: Drain,
    /// The partitions as the group named them.
    list: TopicPartitionList,
}

impl Control {
    pub(super) fn rebalance(&mut self, rebalance: Rebalance) {
        // The group wants something new before the last was answered: that one is over.
        if let Some(hold) = self.hold.take() {
            self.end_hold(&hold);
        }
        // Every rebalance outdates what librdkafka has buffered, of every partition; free it now.
        for partition in self.shared.table.all() {
            let drained = partition.drain_outdated(&self.shared.hub, &self.shared.client);
            drained.unwrap_or_else(|error| self.shared.post(error));
            if partition.take_gone_astray() {
                self.shared.requests.send(Request::Repair(partition.epoch));
            }
        }
        match rebalance.kind {
            // What comes is given up again before it is there.
            RebalanceKind::Assign if self.is_leaving() => self.answer_leaving(),
            RebalanceKind::Assign => self.assign(rebalance.partitions),
            RebalanceKind::Revoke => self.revoke(rebalance.partitions),
            RebalanceKind::Failed(code) => {
                let partitions = self.shared.table.all();
                self.end_epochs(&partitions);
                if self.is_leaving() {
                    self.answer_leaving();
                } else {
                    self.answer(self.shared.client.unassign());
                }
                self.forget_lost(&partitions);
                self.taken.clear();
                self.shared.post(Error::from(ErrorKind::Client { code, reason: code.text() }));
            }
        }
    }

    /// Makes the partitions ready to be read, and only then takes them.
    pub(super) fn assign(&mut self, list: TopicPartitionList) {
        let (mut taken, mut assigned) = (TopicPartitionList::new(), Vec::new());
        for entry in list {
            match self.prepare(entry.partition.clone()) {
                Ok(it) => {
                    if self.closing.is_some() {
                        // Taken so that the group is answered, and given up again in a moment.
                        it.drain();
                    }
                    assigned.push(it);
                    taken.add(PartitionOffset { error: None, ..entry });
                }
                Err(error) => self.shared.post(error),
            }
        }
        self.ask_before(assigned.clone());
        let news = assigned.iter().map(|it| Assigned { partition: it.name.clone(), epoch: it.epoch });
        self.shared.feed.send(Event::Assigned(news.collect()));
        let client = &self.shared.client;
        let is_taken = self.answer(match client.rebalance_protocol() {
            RebalanceProtocol::Cooperative => client.incremental_assign(taken.as_slice()),
            _ => client.assign(taken.as_slice()),
        });
        if is_taken {
            self.taken.extend(taken.into_iter().map(|entry| entry.partition));
            for partition in &assigned {
                partition.announce(&self.shared.hub);
            }
            self.shared.events.tell(|| ConsumerEvent::Assigned(names(&assigned)));
        } else {
            self.lose(&assigned);
        }
        self.shared.meters.assigned();
    }

    fn prepare(&self, name: TopicPartition) -> Result<Arc<Partition>, Error> {
        let shared = &self.shared;
        let slot = shared.table.free_slot();
        if !shared.hub.reserve(slot) {
            return Err(Error::from(ErrorKind::TooMany { what: "partitions", limit: SLOT_LIMIT }));
        }
        let slot = u32::try_from(slot).expect("the limit is far below");
        let partition = Partition::new(&shared.client, &shared.hub, name, Epoch::next(slot))?;
        let partition = Arc::new(partition);
        shared.table.insert(Arc::clone(&partition));
        Ok(partition)
    }

    fn revoke(&mut self, list: TopicPartitionList) {
        let all = self.shared.table.all();
        let named = |it: &Arc<Partition>| list.iter().any(|entry| entry.partition == it.name);
        let partitions: Vec<_> = all.into_iter().filter(named).collect();
        if !partitions.is_empty() && partitions.iter().all(|it| it.phase() == Phase::Closed) {
            // They were drained before the group was told.
            self.give_back(&list, &partitions);
            return;
        }
        if self.is_leaving() || self.shared.client.assignment_lost() {
            self.end_epochs(&partitions);
            self.unassign(&list);
            self.forget_lost(&partitions);
            return;
        }
        let deadline = Instant::now() + self.shared.hold_limit;
        let number = self.number();
        let drain = Drain::start(&self.shared, number, partitions, deadline, PartitionEnd::Revoked);
        self.hold = Some(Hold { drain, list });
    }

    /// Gives the partitions of a hold up.
    pub(super) fn end_hold(&mut self, hold: &Hold) {
        if !hold.drain.end(&self.shared) {
            tracing::warn!(
                target: "klamm",
                partitions = hold.list.len(),
                "a revoke was held up to its deadline; what was started and not finished will be delivered again"
            );
        }
        self.give_back(&hold.list, &hold.drain.partitions);
        self.shared.meters.revoked(hold.drain.started.elapsed());
        // A commit that was parked until this is over can be sent again.
        self.shared.feed.send(Event::Assigned(Vec::new()));
    }

    /// Gives partitions that are drained back to the group.
    fn give_back(&mut self, list: &TopicPartitionList, partitions: &[Arc<Partition>]) {
        self.unassign(list);
        self.forget(partitions);
        if !partitions.is_empty() {
            self.shared.events.tell(|| ConsumerEvent::Revoked(names(partitions)));
        }
    }

    /// Ends epochs whose partitions are gone already: nothing of theirs can be committed.
    pub(super) fn lose(&self, partitions: &[Arc<Partition>]) {
        self.end_epochs(partitions);
        self.forget_lost(partitions);
    }

    fn end_epochs(&self, partitions: &[Arc<Partition>]) {
        for partition in partitions {
            partition.close();
            partition.reading.end(PartitionEnd::Lost);
            partition.announce(&self.shared.hub);
        }
        let epochs: Vec<_> = partitions.iter().map(|it| it.epoch).collect();
        if !epochs.is_empty() {
            self.shared.feed.send(Event::Lost(Lost { epochs }));
        }
    }

    fn forget_lost(&self, partitions: &[Arc<Partition>]) {
        self.forget(partitions);
        if !partitions.is_empty() {
            self.shared.events.tell(|| ConsumerEvent::Lost(names(partitions)));
        }
    }

    /// Gives up what was taken of these; librdkafka refuses the whole if it does not have a part.
    fn unassign(&mut self, list: &TopicPartitionList) {
        if self.is_leaving() {
            self.answer_leaving();
            return;
        }
        let had = |entry: &&PartitionOffset| self.taken.contains(&entry.partition);
        let had: TopicPartitionList = list.iter().filter(had).cloned().collect();
        let client = &self.shared.client;
        self.answer(match client.rebalance_protocol() {
            RebalanceProtocol::Cooperative => client.incremental_unassign(had.as_slice()),
            _ => client.unassign(),
        });
        for entry in &had {
            self.taken.remove(&entry.partition);
        }
    }

    /// Frees what is left in the queues, and the queues.
    fn forget(&self, partitions: &[Arc<Partition>]) {
        for partition in partitions {
            partition.give_up(&self.shared.client);
            self.shared.table.remove(partition.epoch);
        }
    }

    /// Has the partitions that are kept go on, as the answer makes librdkafka do.
    ///
    /// An answer that librdkafka does not take leaves the group waiting: nobody can mend it, so everybody hears of it.
    fn answer(&self, result: Result<(), Error>) -> bool {
        for partition in self.shared.table.all() {
            partition.rebalanced(&self.shared.hub);
            partition.reading.rebalanced();
        }
        let Err(error) = result else { return true };
        tracing::error!(target: "klamm", %error, "the answer to a rebalance was refused");
        self.shared.post(error);
        false
    }
}

fn names(partitions: &[Arc<Partition>]) -> Vec<TopicPartition> {
    partitions.iter().map(|partition| partition.name.clone()).collect()
}
