//! What moves, stops or commits partitions, and what the account is then told.

use std::collections::BTreeSet;

use futures::{FutureExt, StreamExt};
use klamm_core::{PartitionOffset, Position, Start, TopicPartition};
use klamm_stream::ConsumerEvent;

use crate::{
    check::Order,
    run::{Outcome, Run, len, until, within},
    schedule::Step,
};

impl Run<'_> {
    pub(super) fn seek(&mut self, partition: i32, thousandths: usize) -> Outcome {
        self.finish_writing()?;
        let thousandths = i64::try_from(thousandths).expect("it is at most 1,000");
        let target = self.written[len(partition)] * thousandths / 1_000;
        let begin = self.log.clock.now();
        let sought = within("a seek", self.consumer.seek(&self.name(partition), Start::Offset(target)))?;
        let end = self.log.clock.now();
        sought.map_err(|error| format!("a seek: {error}"))?;
        let order = self.order();
        self.accounts[len(partition)].seek(target, (begin, end), order);
        Ok(())
    }

    pub(super) fn pause(&mut self, partition: i32) -> Outcome {
        self.consumer.pause([&self.name(partition)]).map_err(|error| format!("a pause: {error}"))?;
        let paused = self.log.clock.now();
        self.paused.entry(partition).or_insert(paused);
        if self.order() < Order::Gapless {
            // One reader gives back what comes before that which another goes on with.
            self.accounts[len(partition)].lower_order(Order::Any);
        }
        Ok(())
    }

    pub(super) fn resume(&mut self, partition: i32) -> Outcome {
        let resumed = self.log.clock.now();
        self.consumer.resume([&self.name(partition)]).map_err(|error| format!("a resume: {error}"))?;
        self.end_pause(partition, resumed);
        Ok(())
    }

    fn end_pause(&mut self, partition: i32, resumed: u64) {
        if let Some(paused) = self.paused.remove(&partition) {
            self.accounts[len(partition)].pauses.push((paused, resumed));
        }
    }

    /// Commits what was delivered; what the group says of a rebalance passes.
    pub(super) fn commit(&mut self) -> Outcome {
        let mut outcome = Ok(());
        until("a commit", || {
            let committed = within("a commit", self.consumer.commit_delivered());
            let is_retriable = matches!(&committed, Ok(Err(error)) if error.is_retriable());
            outcome = committed.and_then(|it| it.map_err(|error| format!("a commit: {error}")));
            !is_retriable
        })?;
        outcome
    }

    /// Has partitions taken away and assigned again.
    pub(super) fn resplit(&mut self, step: &Step) -> Outcome {
        self.note_epochs();
        self.look(self.looked)?;
        let begin = self.log.clock.now();
        let all: BTreeSet<i32> = self.all().collect();
        match step {
            Step::Move { partition } => {
                let rest: BTreeSet<i32> = all.iter().copied().filter(|it| it != partition).collect();
                self.target(&rest)?;
                self.until_has("a revoke", &rest)?;
                self.target(&all)?;
            }
            Step::Resubscribe => {
                self.site.cluster.clear_target_assignment(&self.topic).expect("it is a group's name");
                within("an unsubscription", self.consumer.unsubscribe())?
                    .map_err(|error| error.to_string())?;
                self.until_has("a revoke", &BTreeSet::new())?;
                let subscribed = within("a subscription", self.consumer.subscribe([&self.topic]))?;
                subscribed.map_err(|error| error.to_string())?;
            }
            _ => self.visit()?,
        }
        self.until_has("an assignment", &all)?;
        self.note_assigned(begin)
    }

    fn target(&self, partitions: &BTreeSet<i32>) -> Outcome {
        let metadata = within("an answer", self.consumer.group_metadata())?;
        let member = metadata.map_err(|error| format!("who it is: {error}"))?.member();
        let names: Vec<TopicPartition> = partitions.iter().map(|it| self.name(*it)).collect();
        let target = self.site.cluster.set_target_assignment(&self.topic, &[(&member, &names)]);
        target.map_err(|error| format!("a target: {error}"))
    }

    /// A second member comes, and goes when it has its share.
    fn visit(&mut self) -> Outcome {
        self.site.cluster.clear_target_assignment(&self.topic).expect("it is a group's name");
        let other = self.member();
        let is_member = || {
            let metadata = within("an answer", other.group_metadata());
            metadata.is_ok_and(|it| it.is_ok_and(|it| it.generation().is_some_and(|it| it > 0)))
        };
        // There may be none to share.
        until("a share", || !other.assignment().is_empty() || self.schedule.partitions == 1 && is_member())?;
        within("the end of a visit", other.close(std::time::Duration::from_secs(10)))?;
        Ok(())
    }

    /// Waits for the first assignment, also if it was told before anybody listened.
    pub(super) fn until_started(&mut self) -> Outcome {
        let all: BTreeSet<i32> = self.all().collect();
        until("an assignment", || {
            // It is counted when it has been told.
            let is_told = self.consumer.diagnostics().rebalances > 0;
            self.listen();
            let has = self.consumer.assignment().into_iter().map(|it| it.partition);
            self.has == all || is_told && has.collect::<BTreeSet<_>>() == all
        })?;
        self.has = all;
        Ok(())
    }

    pub(super) fn until_has(&mut self, what: &str, expected: &BTreeSet<i32>) -> Outcome {
        until(what, || {
            self.listen();
            self.has == *expected
        })
        .map_err(|late| format!("{late}: has {:?}", self.has))
    }

    /// Takes in what the group has done.
    fn listen(&mut self) {
        while let Some(Some(event)) = self.events.next().now_or_never() {
            let numbers = |names: Vec<TopicPartition>| names.into_iter().map(|it| it.partition);
            match event {
                ConsumerEvent::Assigned(names) => {
                    self.assigned.extend(numbers(names.clone()));
                    self.has.extend(numbers(names));
                }
                ConsumerEvent::Revoked(names) | ConsumerEvent::Lost(names) => {
                    let gone: BTreeSet<i32> = numbers(names).collect();
                    self.has.retain(|it| !gone.contains(it));
                }
                _ => {}
            }
        }
    }

    /// Takes in what the group has done unasked: a member that stood still for too long is out.
    pub(super) fn look(&mut self, begin: u64) -> Outcome {
        self.listen();
        let all: BTreeSet<i32> = self.all().collect();
        self.until_has("an assignment", &all)?;
        self.note_assigned(begin)
    }

    /// Begins generations of what was assigned since.
    fn note_assigned(&mut self, begin: u64) -> Outcome {
        let end = self.log.clock.now();
        self.looked = end;
        if self.assigned.is_empty() {
            return Ok(());
        }
        let names: Vec<_> = self.all().map(|it| self.name(it)).collect();
        let committed = within("what is committed", self.consumer.committed(&names))?;
        let committed = committed.map_err(|error| format!("what is committed: {error}"))?;
        let order = self.order();
        for partition in std::mem::take(&mut self.assigned) {
            let start = committed.get(&self.topic, partition).and_then(PartitionOffset::position);
            let start = start.map_or(0, Position::offset);
            self.end_pause(partition, begin);
            self.accounts[len(partition)].assign(start, (begin, end), order);
        }
        Ok(())
    }
}
