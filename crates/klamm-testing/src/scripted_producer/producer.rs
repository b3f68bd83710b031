//! The producer, and what became of its records.

use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Waker,
};

use klamm_core::contract::{ErrorClass, Outgoing, Produce, Window};

use super::{ScriptedDelivery, ledger::Ledger};

/// A producer that does what the test says, without a broker: for pipelines that [`produce_to`] it. Clones are the same
/// producer.
///
/// It has room for every record and acknowledges each at once, unless it was told otherwise: from [`hold`](Self::hold) on
/// records wait until they are [acknowledged](Self::acknowledge) or [fail](Self::fail). A record is named by its number,
/// that of its place in [`enqueued`](Self::enqueued).
///
/// One that is [`transactional`](Self::transactional) has transactions, and panics where the contract of
/// [`Transactions`](klamm_core::contract::Transactions) is broken.
///
/// ```
/// use std::task::{Context, Poll, Waker};
/// use klamm_core::contract::{Delivery, Outgoing, Produce};
/// use klamm_testing::ScriptedProducer;
///
/// let producer = ScriptedProducer::new();
/// producer.hold();
/// let mut delivery = producer.send(Outgoing::to("out"));
/// let mut context = Context::from_waker(Waker::noop());
/// assert!(delivery.poll_delivered(&mut context).is_pending());
/// producer.acknowledge(0);
/// assert!(matches!(delivery.poll_delivered(&mut context), Poll::Ready(Ok(()))));
/// ```
///
/// [`produce_to`]: https://docs.rs/klamm-combinators/latest/klamm_combinators/struct.Records.html#method.produce_to
#[derive(Clone, Debug, Default)]
pub struct ScriptedProducer {
    state: Arc<Mutex<State>>,
    /// How much a transaction is to hold, if there are any.
    pub(super) window: Option<Window>,
}

#[derive(Debug, Default)]
pub(super) struct State {
    /// A pipeline has the transactions.
    pub(super) is_taken: bool,
    pub(super) enqueued: Vec<Entry>,
    is_holding: bool,
    /// How many records may be enqueued and wait, if that is limited.
    room: Option<usize>,
    /// Topics whose records are refused.
    pub(super) refused: Vec<(String, ErrorClass)>,
    flushes: usize,
    pub(super) dropped: usize,
    /// Who waits for anything to be said.
    pub(super) wakers: Vec<Waker>,
    pub(super) ledger: Ledger,
}

/// A record that was enqueued.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) record: Outgoing,
    pub(super) said: Said,
    /// The transaction that it is a part of.
    pub(super) transaction: Option<u64>,
}

/// What was said of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Nothing,
    Acknowledged,
    Failed(ErrorClass),
}

impl State {
    fn has_room(&self) -> bool {
        let waiting = self.enqueued.iter().filter(|entry| entry.said == Said::Nothing).count();
        self.room.is_none_or(|room| waiting < room)
    }

    /// Enqueues a record if there is room for it, and returns its number.
    pub(super) fn enqueue(&mut self, record: &Outgoing, transaction: Option<u64>) -> Option<usize> {
        if !self.has_room() {
            return None;
        }
        let said = if self.is_holding { Said::Nothing } else { Said::Acknowledged };
        self.enqueued.push(Entry { record: record.clone(), said, transaction });
        Some(self.enqueued.len() - 1)
    }
}

impl ScriptedProducer {
    /// Makes one that has room for every record, and acknowledges each at once.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes one that sends within transactions which are to hold so much; each of their calls succeeds at once.
    pub fn transactional(window: Window) -> Self {
        Self { window: Some(window), ..Self::default() }
    }

    /// Has records that are enqueued from here on wait.
    pub fn hold(&self) {
        self.state().is_holding = true;
    }

    /// Acknowledges every record that waits, and those that are enqueued from here on.
    pub fn release(&self) {
        self.change(|state| {
            state.is_holding = false;
            for entry in state.enqueued.iter_mut().filter(|entry| entry.said == Said::Nothing) {
                entry.said = Said::Acknowledged;
            }
        });
    }

    /// Acknowledges a record that waits.
    ///
    /// # Panics
    ///
    /// If there is no such record, or it does not wait.
    pub fn acknowledge(&self, number: usize) {
        self.say(number, Said::Acknowledged);
    }

    /// Has a record that waits fail, with a [`ScriptedFailure`](super::ScriptedFailure) of this class.
    ///
    /// # Panics
    ///
    /// If there is no such record, or it does not wait.
    pub fn fail(&self, number: usize, class: ErrorClass) {
        self.say(number, Said::Failed(class));
    }

    /// Refuses every record to a topic from here on, with a [`ScriptedFailure`](super::ScriptedFailure) of this class: none is enqueued.
    pub fn refuse(&self, topic: impl Into<String>, class: ErrorClass) {
        self.state().refused.push((topic.into(), class));
    }

    /// Has room for so many records that wait, from here on.
    pub fn set_room(&self, records: usize) {
        self.change(|state| state.room = Some(records));
    }

    /// Returns the records that were enqueued, in order.
    pub fn enqueued(&self) -> Vec<Outgoing> {
        self.state().enqueued.iter().map(|entry| entry.record.clone()).collect()
    }

    /// Returns the numbers of the records that wait.
    pub fn waiting(&self) -> Vec<usize> {
        let state = self.state();
        let numbered = state.enqueued.iter().enumerate();
        numbered.filter(|(_, entry)| entry.said == Said::Nothing).map(|(number, _)| number).collect()
    }

    /// Returns how often it was asked that nothing lingers.
    pub fn flushes(&self) -> usize {
        self.state().flushes
    }

    /// Returns of how many records nobody has waited to hear what became of them.
    pub fn dropped(&self) -> usize {
        self.state().dropped
    }

    fn say(&self, number: usize, what: Said) {
        self.change(|state| {
            let entry = state.enqueued.get_mut(number).expect("a record of this number is enqueued");
            assert_eq!(entry.said, Said::Nothing, "record {number} does not wait");
            entry.said = what;
        });
    }

    /// Changes something, and has everybody look again.
    pub(super) fn change(&self, change: impl FnOnce(&mut State)) {
        let wakers = {
            let mut state = self.state();
            change(&mut state);
            mem::take(&mut state.wakers)
        };
        wakers.into_iter().for_each(Waker::wake);
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Produce for ScriptedProducer {
    type Record = Outgoing;
    type Delivery = ScriptedDelivery;
    type Transactions = Self;

    /// # Panics
    ///
    /// If the producer is transactional and no transaction is open, or it is about to end.
    fn send(&self, record: Outgoing) -> ScriptedDelivery {
        let transaction = self.window.map(|_| self.state().ledger.taking_records());
        ScriptedDelivery::offered(self.clone(), record, transaction)
    }

    fn flush(&self) {
        self.state().flushes += 1;
    }

    fn transactions(&self) -> Option<&Self> {
        self.window.is_some().then_some(self)
    }
}
