//! Histories as tests of checkers tell them: one partition, in a time that the test moves.

use std::{sync::Arc, time::Duration};

use klamm_core::{
    Epoch, Position, TopicPartition,
    contract::{Assigned, CommitResult},
};

use crate::history::{Entry, Happened, Outcome, Record};

/// The only partition.
pub(super) fn orders() -> TopicPartition {
    TopicPartition::new("orders", 0)
}

/// A handler that was started.
#[derive(Clone)]
pub(super) struct Running(u64, Arc<Record>);

/// A history that is being told.
pub(super) struct Story {
    entries: Vec<Entry>,
    now: Duration,
    member: Arc<str>,
    pub(super) epoch: Epoch,
    handlings: u64,
}

impl Story {
    pub(super) fn new() -> Self {
        let epoch = Epoch::next(1);
        Self { entries: Vec::new(), now: Duration::ZERO, member: "a".into(), epoch, handlings: 0 }
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(super) fn add(&mut self, what: Happened) {
        self.entries.push(Entry { at: self.now, member: Arc::clone(&self.member), what });
    }

    pub(super) fn pass(&mut self, millis: u64) {
        self.now += Duration::from_millis(millis);
    }

    /// Goes on with another member.
    pub(super) fn switch(&mut self, member: &str) {
        self.member = member.into();
    }

    /// Goes on in another assignment.
    pub(super) fn assign_anew(&mut self) {
        self.epoch = Epoch::next(1);
        self.add(Happened::Assigned(vec![Assigned { partition: orders(), epoch: self.epoch }]));
    }

    pub(super) fn stands(&mut self, end: i64) {
        self.add(Happened::Stands { partition: orders(), end });
    }

    pub(super) fn delivered(&mut self, offset: i64) {
        let record = self.record(offset, None);
        self.add(Happened::Delivered(record));
    }

    pub(super) fn started(&mut self, offset: i64) -> Running {
        self.started_keyed(offset, None)
    }

    pub(super) fn started_keyed(&mut self, offset: i64, key: Option<&str>) -> Running {
        let record = self.record(offset, key);
        self.add(Happened::Delivered(Arc::clone(&record)));
        self.handlings += 1;
        let number = self.handlings;
        self.add(Happened::Started { number, record: Arc::clone(&record) });
        Running(number, record)
    }

    pub(super) fn finished(&mut self, Running(number, record): Running, outcome: Outcome) {
        self.add(Happened::Finished { number, record, outcome });
    }

    pub(super) fn handled(&mut self, offset: i64) {
        let running = self.started(offset);
        self.finished(running, Outcome::Done);
    }

    pub(super) fn failed(&mut self, offset: i64) {
        let running = self.started(offset);
        self.finished(running, Outcome::Failed);
    }

    pub(super) fn asked(&mut self, offset: i64) {
        let epoch = self.epoch;
        self.add(Happened::Asked(vec![(epoch, offset)]));
    }

    pub(super) fn answered(&mut self, offset: i64) {
        self.answer(CommitResult::Committed(Position::at(offset)));
    }

    pub(super) fn answer(&mut self, result: CommitResult) {
        let epoch = self.epoch;
        self.add(Happened::Answered(vec![(epoch, result)]));
    }

    pub(super) fn committed(&mut self, offset: i64) {
        self.add(Happened::Committed { partition: orders(), offset: Some(offset) });
    }

    /// Revokes the assignment, to be let go of within so many milliseconds.
    pub(super) fn revoked(&mut self, within: u64) {
        let deadline = self.now + Duration::from_millis(within);
        self.add(Happened::Revoked { epochs: vec![self.epoch], deadline });
    }

    pub(super) fn released(&mut self) {
        self.add(Happened::Released { epochs: vec![self.epoch] });
    }

    pub(super) fn lost(&mut self) {
        self.add(Happened::Lost { epochs: vec![self.epoch] });
    }

    fn record(&self, offset: i64, key: Option<&str>) -> Arc<Record> {
        let key = key.map(|key| key.as_bytes().into());
        Arc::new(Record { partition: orders(), offset, key, epoch: self.epoch, memory: [0; 2] })
    }
}
