//! Transactions that go as the test says.

use std::{
    collections::BTreeMap,
    error::Error,
    fmt,
    future::Future,
    mem,
    pin::Pin,
    task::{Context, Poll},
};

use klamm_core::{
    GroupMetadata, Position, TopicPartition,
    contract::{ErrorClass, Outgoing, ProducerError, Transactions, Window},
};

use super::{
    Call, Called, ScriptedProducer,
    producer::{Said, State},
};

/// Transactions, for a producer that was made by [`transactional`](Self::transactional).
///
/// Each call is answered with `Ok` at once, unless it was told otherwise. A call takes effect when it is answered with `Ok`,
/// in the order of the calls, whether anybody waits for the answer or not.
impl ScriptedProducer {
    /// Has the calls that are made from here on wait for their answer.
    pub fn hold_calls(&self) {
        self.state().ledger.is_holding = true;
    }

    /// Answers every call that waits, and those that are made from here on.
    pub fn release_calls(&self) {
        self.change(|state| {
            state.ledger.is_holding = false;
            while state.ledger.unanswered().is_some() {
                state.answer(None);
            }
        });
    }

    /// Answers the oldest call that waits with `Ok`, or as [`fail_next`](Self::fail_next) said.
    ///
    /// # Panics
    ///
    /// If none waits.
    pub fn answer(&self) {
        self.change(|state| state.answer(None));
    }

    /// Has the oldest call that waits fail, with a [`FailedCall`] of this class.
    ///
    /// # Panics
    ///
    /// If none waits.
    pub fn fail_call(&self, class: ErrorClass) {
        self.change(|state| state.answer(Some(class)));
    }

    /// Has the next call of a kind fail when it is answered, with a [`FailedCall`] of this class; the one after it, if this
    /// is called twice.
    pub fn fail_next(&self, call: Call, class: ErrorClass) {
        self.state().ledger.fail_next(call, class);
    }

    /// Returns every call that was made, in order.
    pub fn called(&self) -> Vec<Called> {
        self.state().ledger.called.clone()
    }

    /// Returns the oldest call that waits for its answer.
    pub fn unanswered(&self) -> Option<Called> {
        self.state().ledger.unanswered().cloned()
    }

    /// Returns the records of the transactions that were committed, in order.
    pub fn committed(&self) -> Vec<Outgoing> {
        let state = self.state();
        let is_committed = |of: Option<u64>| of.is_some_and(|of| state.ledger.is_committed(of));
        let committed = state.enqueued.iter().filter(|entry| is_committed(entry.transaction));
        committed.map(|entry| entry.record.clone()).collect()
    }

    /// Returns the position of each partition that was committed last.
    pub fn positions(&self) -> BTreeMap<TopicPartition, Position> {
        self.state().ledger.positions.clone()
    }

    fn call(&self, called: Called) -> ScriptedAnswer {
        let call = called.call();
        let mut number = 0;
        self.change(|state| number = state.call(called));
        ScriptedAnswer { producer: self.clone(), call, number }
    }
}

impl State {
    fn call(&mut self, called: Called) -> usize {
        if called == Called::Commit {
            let open = self.ledger.open();
            let of_it = self.enqueued.iter().filter(|entry| entry.transaction == open);
            let left = of_it.filter(|entry| entry.said != Said::Acknowledged).count();
            assert!(
                open.is_none() || left == 0,
                "commit is called although {left} records are not acknowledged"
            );
        }
        let number = self.ledger.call(called);
        self.give_up();
        number
    }

    fn answer(&mut self, class: Option<ErrorClass>) {
        self.ledger.answer(class);
        self.give_up();
    }

    /// Gives up the records that wait and are not a part of the transaction that is open: theirs was aborted.
    fn give_up(&mut self) {
        let open = self.ledger.open();
        let waiting = self.enqueued.iter_mut().filter(|entry| entry.said == Said::Nothing);
        for entry in waiting.filter(|entry| entry.transaction != open) {
            entry.said = Said::Failed(ErrorClass::Abort);
        }
    }
}

impl Transactions for ScriptedProducer {
    type Answer = ScriptedAnswer;

    fn window(&self) -> Window {
        self.window.expect("the producer is transactional")
    }

    fn take(&self) -> bool {
        !mem::replace(&mut self.state().is_taken, true)
    }

    fn give_back(&self) {
        self.state().is_taken = false;
    }

    /// # Panics
    ///
    /// Within a transaction, and before the call before it is answered.
    fn begin(&self) -> ScriptedAnswer {
        self.call(Called::Begin)
    }

    /// # Panics
    ///
    /// Outside of a transaction, in one in which a call has failed, and before the call before it is answered.
    fn send_offsets(
        &self,
        mut positions: Vec<(TopicPartition, Position)>,
        group: GroupMetadata,
    ) -> ScriptedAnswer {
        positions.sort_by(|(one, _), (other, _)| one.cmp(other));
        self.call(Called::SendOffsets { positions, generation: group.generation() })
    }

    /// # Panics
    ///
    /// As [`send_offsets`](Self::send_offsets), and unless every record of the transaction is acknowledged.
    fn commit(&self) -> ScriptedAnswer {
        self.call(Called::Commit)
    }

    fn abort(&self) -> ScriptedAnswer {
        self.call(Called::Abort)
    }
}

/// The answer to a call of a [`ScriptedProducer`]'s transactions, to come.
#[derive(Debug)]
#[must_use = "without it nothing is known of the transaction"]
pub struct ScriptedAnswer {
    producer: ScriptedProducer,
    call: Call,
    number: usize,
}

impl Future for ScriptedAnswer {
    type Output = Result<(), ProducerError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.producer.state();
        let Some(answer) = state.ledger.answer_to(self.number) else {
            state.wakers.push(cx.waker().clone());
            return Poll::Pending;
        };
        Poll::Ready(answer.map_err(|class| ProducerError::new(class, FailedCall { call: self.call })))
    }
}

/// What a [`ScriptedProducer`] answers to a call that is to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FailedCall {
    /// The call.
    pub call: Call,
}

impl fmt::Display for FailedCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is to fail", self.call)
    }
}

impl Error for FailedCall {}
