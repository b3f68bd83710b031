//! What was called, what was answered, and what of it counts.

use std::collections::{BTreeMap, VecDeque};

use klamm_core::{Position, TopicPartition, contract::ErrorClass};

use super::{Call, Called};

/// What was called, what was answered, and what of it counts. It panics where the contract is broken.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) called: Vec<Called>,
    /// What each call was answered; calls are answered in order.
    answers: Vec<Result<(), ErrorClass>>,
    pub(super) is_holding: bool,
    /// Calls that are to fail, the next of their kind.
    failures: VecDeque<(Call, ErrorClass)>,
    /// How many transactions have begun.
    begun: u64,
    /// The transaction that is open, and the positions that are a part of it.
    open: Option<(u64, BTreeMap<TopicPartition, Position>)>,
    /// The call within it that has failed: it can only be taken back.
    spoilt_by: Option<Call>,
    /// The call after which nothing can be done any more.
    ended_by: Option<Call>,
    committed: Vec<u64>,
    pub(super) positions: BTreeMap<TopicPartition, Position>,
}

impl Ledger {
    /// Notes a call, and answers it unless answers are held. Returns its number.
    pub(super) fn call(&mut self, called: Called) -> usize {
        self.check(&called);
        self.called.push(called);
        if !self.is_holding {
            self.answer(None);
        }
        self.called.len() - 1
    }

    /// Tells whether a call may be made now.
    fn check(&self, called: &Called) {
        let call = called.call();
        if call == Call::Abort {
            return;
        }
        let is_aborting = self.called[self.answers.len()..].last().is_some_and(|it| it.call() == Call::Abort);
        if call == Call::Begin && is_aborting {
            return;
        }
        if let Some(before) = self.unanswered() {
            panic!("{call} is called before {} is answered", before.call());
        }
        if let Some(by) = self.ended_by {
            panic!("{call} is called although {by} has ended the producer");
        }
        if let Some(by) = self.spoilt_by {
            panic!("{call} is called although {by} has failed: the transaction can only be aborted");
        }
        let is_in_place = self.open.is_some() == (call != Call::Begin);
        assert!(is_in_place, "{call} is called {}", self.place());
        if let Called::SendOffsets { positions, .. } = called {
            let mut pairs = positions.windows(2);
            assert!(pairs.all(|pair| pair[0].0 != pair[1].0), "a partition has two positions: {positions:?}");
        }
    }

    /// Answers the oldest call that waits: as it is said, or as it was said of the next call of its kind, or with `Ok`.
    pub(super) fn answer(&mut self, class: Option<ErrorClass>) {
        let called = self.unanswered().expect("a call waits for its answer").clone();
        let call = called.call();
        let scheduled = || {
            let index = self.failures.iter().position(|(of, _)| *of == call)?;
            self.failures.remove(index).map(|(_, class)| class)
        };
        let answer = class.or_else(scheduled).map_or(Ok(()), Err);
        match answer {
            Ok(()) => self.takes_effect(called),
            Err(ErrorClass::Fenced | ErrorClass::Fatal) => self.ended_by = Some(call),
            Err(_) if self.open.is_some() => self.spoilt_by = Some(call),
            Err(_) => {}
        }
        self.answers.push(answer);
    }

    fn takes_effect(&mut self, called: Called) {
        match called {
            Called::Begin => {
                self.begun += 1;
                self.open = Some((self.begun, BTreeMap::new()));
            }
            Called::SendOffsets { positions, .. } => {
                if let Some((_, of_transaction)) = &mut self.open {
                    of_transaction.extend(positions);
                }
            }
            Called::Commit => {
                if let Some((number, positions)) = self.open.take() {
                    self.committed.push(number);
                    self.positions.extend(positions);
                }
            }
            Called::Abort => {
                self.open = None;
                self.spoilt_by = None;
            }
        }
    }

    pub(super) fn fail_next(&mut self, call: Call, class: ErrorClass) {
        self.failures.push_back((call, class));
    }

    /// Returns the oldest call that waits for its answer.
    pub(super) fn unanswered(&self) -> Option<&Called> {
        self.called.get(self.answers.len())
    }

    pub(super) fn answer_to(&self, number: usize) -> Option<Result<(), ErrorClass>> {
        self.answers.get(number).copied()
    }

    /// Returns the transaction that is open.
    pub(super) fn open(&self) -> Option<u64> {
        self.open.as_ref().map(|(number, _)| *number)
    }

    pub(super) fn is_committed(&self, transaction: u64) -> bool {
        self.committed.contains(&transaction)
    }

    /// Returns the transaction that records are a part of which are sent now.
    ///
    /// # Panics
    ///
    /// If there is none, or it is about to end.
    pub(super) fn taking_records(&self) -> u64 {
        let number = self.open().unwrap_or_else(|| panic!("a record is sent {}", self.place()));
        let ends = |called: &&Called| matches!(called, Called::Commit | Called::Abort);
        if let Some(end) = self.called[self.answers.len()..].iter().find(ends) {
            panic!("a record is sent while {} is under way", end.call());
        }
        number
    }

    fn place(&self) -> &'static str {
        if self.open.is_some() { "within a transaction" } else { "outside of a transaction" }
    }
}
