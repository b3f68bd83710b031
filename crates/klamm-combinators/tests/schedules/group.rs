//! The members of a schedule's group: who comes, leaves, and what they have.

use futures_util::future::join_all;
use klamm_core::TopicPartition;
use klamm_stream::Consumer;

use crate::{
    run::{Outcome, Run, until},
    seat::Seat,
    work::Work,
};

impl Run<'_> {
    pub(super) fn join(&mut self) {
        let member = self.history.member(format!("m{}", self.named));
        self.named += 1;
        let consumer = Consumer::builder(self.site.config(self.schedule.group, &self.topic));
        let consumer = consumer.hold_deadline(self.schedule.hold).subscribe([&self.topic]).unwrap();
        let work = Work::new(&member, self.schedule.seed, self.schedule.handlers, &self.attempts);
        self.seats.push(Seat::new(consumer, member, self.kind, self.schedule.commit_every, work));
    }

    /// Returns a member, counted round, if there is any.
    pub(super) fn seat(&self, member: usize) -> Option<&Seat> {
        self.seats.get(member % self.seats.len().max(1))
    }

    /// Takes a member out, counted round, if there is any.
    pub(super) fn take_seat(&mut self, member: usize) -> Option<Seat> {
        let index = member % self.seats.len().max(1);
        (index < self.seats.len()).then(|| self.seats.swap_remove(index))
    }

    /// Waits until the members have every partition, and the last that came has its share.
    pub(super) async fn share(&mut self) -> Outcome {
        if self.has_ended_memberships {
            // Who was told so comes back when it has noticed.
            return Ok(());
        }
        if self.seats.is_empty() {
            self.join();
        }
        let count = self.partitions().count();
        let has = |seat: &Seat| seat.consumer.diagnostics().partitions.len();
        until("every partition to be assigned", || {
            let is_due = self.seats.len() <= count;
            let has_share = !is_due || self.seats.last().is_none_or(|seat| has(seat) > 0);
            has_share && self.seats.iter().map(has).sum::<usize>() == count
        })
        .await
    }

    /// Has all members leave at once.
    pub(super) async fn leave(&mut self) -> Outcome {
        let leaving = self.seats.drain(..).map(Seat::leave).collect::<Vec<_>>();
        join_all(leaving).await.into_iter().collect()
    }

    pub(super) fn partitions(&self) -> impl Iterator<Item = TopicPartition> {
        (0..self.schedule.partitions).map(|number| TopicPartition::new(&*self.topic, number))
    }

    /// Notes what is committed, and returns whether that is everything.
    pub(super) fn look(&self) -> bool {
        let partitions = self.written.len();
        let look = || self.site.cluster.committed(&self.topic, &self.topic, partitions);
        let committed = tokio::task::block_in_place(look).unwrap();
        for (partition, offset) in self.partitions().zip(&committed) {
            self.history.note_committed(&partition, *offset);
        }
        committed.iter().zip(&self.written).all(|(committed, written)| *committed == Some(*written))
    }
}
