//! A producer that does what the test says.

use std::{
    error::Error,
    fmt, mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use klamm_core::contract::{Delivery, ErrorClass, NoTransactions, Outgoing, Produce, ProducerError};

/// A producer that does what the test says, without a broker: for pipelines that [`produce_to`] it. Clones are the same
/// producer.
///
/// It has room for every record and acknowledges each at once, unless it was told otherwise: from [`hold`](Self::hold) on
/// records wait until they are [acknowledged](Self::acknowledge) or [fail](Self::fail). A record is named by its number,
/// that of its place in [`enqueued`](Self::enqueued).
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
pub struct ScriptedProducer(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    enqueued: Vec<(Outgoing, Said)>,
    is_holding: bool,
    /// How many records may be enqueued and wait, if that is limited.
    room: Option<usize>,
    /// Topics whose records are refused.
    refused: Vec<(String, ErrorClass)>,
    flushes: usize,
    dropped: usize,
    /// Who waits for anything to be said.
    wakers: Vec<Waker>,
}

/// What was said of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    Nothing,
    Acknowledged,
    Failed(ErrorClass),
}

impl State {
    fn has_room(&self) -> bool {
        let waiting = self.enqueued.iter().filter(|(_, said)| *said == Said::Nothing).count();
        self.room.is_none_or(|room| waiting < room)
    }
}

impl ScriptedProducer {
    /// Makes one that has room for every record, and acknowledges each at once.
    pub fn new() -> Self {
        Self::default()
    }

    /// Has records that are enqueued from here on wait.
    pub fn hold(&self) {
        self.state().is_holding = true;
    }

    /// Acknowledges every record that waits, and those that are enqueued from here on.
    pub fn release(&self) {
        self.change(|state| {
            state.is_holding = false;
            state.enqueued.iter_mut().for_each(|(_, said)| {
                if *said == Said::Nothing {
                    *said = Said::Acknowledged;
                }
            });
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

    /// Has a record that waits fail, with a [`ScriptedFailure`] of this class.
    ///
    /// # Panics
    ///
    /// If there is no such record, or it does not wait.
    pub fn fail(&self, number: usize, class: ErrorClass) {
        self.say(number, Said::Failed(class));
    }

    /// Refuses every record to a topic from here on, with a [`ScriptedFailure`] of this class: none is enqueued.
    pub fn refuse(&self, topic: impl Into<String>, class: ErrorClass) {
        self.state().refused.push((topic.into(), class));
    }

    /// Has room for so many records that wait, from here on.
    pub fn set_room(&self, records: usize) {
        self.change(|state| state.room = Some(records));
    }

    /// Returns the records that were enqueued, in order.
    pub fn enqueued(&self) -> Vec<Outgoing> {
        self.state().enqueued.iter().map(|(record, _)| record.clone()).collect()
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
            let (_, said) = state.enqueued.get_mut(number).expect("a record of this number is enqueued");
            assert_eq!(*said, Said::Nothing, "record {number} does not wait");
            *said = what;
        });
    }

    /// Changes something, and has everybody look again.
    fn change(&self, change: impl FnOnce(&mut State)) {
        let wakers = {
            let mut state = self.state();
            change(&mut state);
            mem::take(&mut state.wakers)
        };
        wakers.into_iter().for_each(Waker::wake);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Produce for ScriptedProducer {
    type Record = Outgoing;
    type Delivery = ScriptedDelivery;
    type Transactions = NoTransactions;

    fn send(&self, record: Outgoing) -> ScriptedDelivery {
        let mut delivery = ScriptedDelivery { producer: self.clone(), stage: Stage::Waiting(record) };
        delivery.offer();
        delivery
    }

    fn flush(&self) {
        self.state().flushes += 1;
    }

    fn transactions(&self) -> Option<&NoTransactions> {
        None
    }
}

/// What becomes of a record of a [`ScriptedProducer`].
#[derive(Debug)]
#[must_use = "without it nothing is known of the delivery"]
pub struct ScriptedDelivery {
    producer: ScriptedProducer,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// There was no room.
    Waiting(Outgoing),
    Enqueued(usize),
    Refused(ScriptedFailure, ErrorClass),
    Over,
}

impl ScriptedDelivery {
    /// Enqueues the record if there is room for it.
    fn offer(&mut self) {
        let mut state = self.producer.state();
        let Stage::Waiting(record) = &self.stage else { return };
        let refused = state.refused.iter().find(|(topic, _)| **topic == *record.topic);
        if let Some((_, class)) = refused {
            let failure = ScriptedFailure { record: record.clone() };
            self.stage = Stage::Refused(failure, *class);
        } else if state.has_room() {
            let said = if state.is_holding { Said::Nothing } else { Said::Acknowledged };
            state.enqueued.push((record.clone(), said));
            self.stage = Stage::Enqueued(state.enqueued.len() - 1);
        }
    }
}

impl Delivery for ScriptedDelivery {
    fn poll_enqueued(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ProducerError>> {
        self.offer();
        match mem::replace(&mut self.stage, Stage::Over) {
            Stage::Waiting(record) => {
                self.stage = Stage::Waiting(record);
                self.producer.state().wakers.push(cx.waker().clone());
                Poll::Pending
            }
            Stage::Enqueued(number) => {
                self.stage = Stage::Enqueued(number);
                Poll::Ready(Ok(()))
            }
            Stage::Refused(failure, class) => Poll::Ready(Err(ProducerError::new(class, failure))),
            Stage::Over => panic!("a delivery is polled after it has completed"),
        }
    }

    fn poll_delivered(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ProducerError>> {
        match self.poll_enqueued(cx) {
            Poll::Ready(Ok(())) => {}
            other => return other,
        }
        let Stage::Enqueued(number) = self.stage else { unreachable!("it is enqueued") };
        let mut state = self.producer.state();
        let (record, said) = &state.enqueued[number];
        let answer = match *said {
            Said::Nothing => {
                state.wakers.push(cx.waker().clone());
                return Poll::Pending;
            }
            Said::Acknowledged => Ok(()),
            Said::Failed(class) => Err(ProducerError::new(class, ScriptedFailure { record: record.clone() })),
        };
        drop(state);
        self.stage = Stage::Over;
        Poll::Ready(answer)
    }
}

impl Drop for ScriptedDelivery {
    fn drop(&mut self) {
        if !matches!(self.stage, Stage::Over) {
            self.producer.state().dropped += 1;
        }
    }
}

/// What a [`ScriptedProducer`] says of a record that is to fail.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScriptedFailure {
    /// The record.
    pub record: Outgoing,
}

impl fmt::Display for ScriptedFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the record to `{}` is to fail", self.record.topic)
    }
}

impl Error for ScriptedFailure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_without_room_is_enqueued_when_there_is_some() {
        let producer = ScriptedProducer::new();
        producer.hold();
        producer.set_room(1);
        let (mut first, mut second) = (producer.send(Outgoing::to("a")), producer.send(Outgoing::to("b")));
        let mut context = Context::from_waker(Waker::noop());
        assert!(first.poll_enqueued(&mut context).is_ready());
        assert!(second.poll_enqueued(&mut context).is_pending());
        producer.acknowledge(0);
        assert!(second.poll_enqueued(&mut context).is_ready());
        assert_eq!(producer.enqueued(), [Outgoing::to("a"), Outgoing::to("b")]);
        producer.fail(1, ErrorClass::Refused);
        let Poll::Ready(Err(error)) = second.poll_delivered(&mut context) else { panic!("it fails") };
        assert_eq!(error.class(), ErrorClass::Refused);
        assert_eq!(error.downcast_ref::<ScriptedFailure>().unwrap().record, Outgoing::to("b"));
        drop((first, second));
        assert_eq!(producer.dropped(), 1);
    }

    #[test]
    fn a_refused_record_is_never_enqueued() {
        let producer = ScriptedProducer::new();
        producer.refuse("a", ErrorClass::Fatal);
        let mut delivery = producer.send(Outgoing::to("a"));
        let mut context = Context::from_waker(Waker::noop());
        let Poll::Ready(Err(error)) = delivery.poll_enqueued(&mut context) else { panic!("it is refused") };
        assert!(error.is_fatal() && producer.enqueued().is_empty());
    }
}
