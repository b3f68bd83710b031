//! Pipelines that produce within transactions, between a source and a producer that do what the test says.

use std::{future::Future, pin::Pin, time::Duration};

use klamm_combinators::{AnyError, IntoOutcome, Outputs, ProcessError, Records, RecordsExt, Report};
use klamm_core::{
    Epoch, Message, TopicPartition,
    contract::{ErrorClass, Outgoing, Window},
};
use klamm_testing::{Call, Called, ScriptedProducer};

use super::script::{Line, Script};

pub(crate) const SECOND: Duration = Duration::from_secs(1);
/// What is waited for after an abort, before everything is done again.
pub(crate) const BACK_OFF: Duration = Duration::from_millis(100);
/// Longer than any back-off, and than the interval of any window here.
pub(crate) const LONG: Duration = Duration::from_secs(3_700);

pub(crate) type Ends = Result<Report, ProcessError<AnyError>>;
pub(crate) type Pipeline<'p> = Pin<Box<dyn Future<Output = Ends> + 'p>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Serial,
    ByPartition,
    ByKey,
    Unordered,
}

pub(crate) const KINDS: [Kind; 4] = [Kind::Serial, Kind::ByPartition, Kind::ByKey, Kind::Unordered];

impl Kind {
    /// Makes a pipeline of this kind.
    pub(crate) fn pipeline<'p, O: IntoOutcome + 'p>(
        self,
        records: Records<Script>,
        producer: &'p ScriptedProducer,
        handle: impl AsyncFn(&Line, &mut Outputs<Outgoing>) -> Result<O, AnyError> + 'p,
    ) -> Pipeline<'p> {
        match self {
            Self::Serial => Box::pin(records.produce_to(producer, async move |m, out| handle(m, out).await)),
            Self::ByPartition => {
                let records = records.by_partition();
                Box::pin(records.produce_to(producer, async move |m, out| handle(m, out).await))
            }
            Self::ByKey => {
                let records = records.by_key(8);
                Box::pin(records.produce_to(producer, async move |m, out| handle(m, out).await))
            }
            Self::Unordered => {
                let records = records.unordered(8);
                Box::pin(records.produce_to(producer, async move |m, out| handle(m, out).await))
            }
        }
    }

    /// Makes a pipeline whose messages have one output each.
    pub(crate) fn copy(self, records: Records<Script>, producer: &ScriptedProducer) -> Pipeline<'_> {
        self.pipeline(records, producer, async |line, out| copy(line, out))
    }
}

/// A source with two partitions, and a producer.
pub(crate) struct Case {
    pub(crate) script: Script,
    pub(crate) producer: ScriptedProducer,
    pub(crate) one: Epoch,
    pub(crate) two: Epoch,
}

impl Case {
    /// Begins with windows of so many messages, and an hour.
    pub(crate) fn new(messages: usize) -> Self {
        Self::within(messages, SECOND * 3_600)
    }

    pub(crate) fn within(messages: usize, interval: Duration) -> Self {
        let producer = ScriptedProducer::transactional(Window::new(messages, interval));
        Self { script: Script::new(), producer, one: Epoch::next(1), two: Epoch::next(2) }
    }

    pub(crate) fn records(&self) -> Records<Script> {
        self.script.records()
    }

    /// Returns the calls that were made since this was last asked.
    pub(crate) fn calls(&self, before: &mut usize) -> Vec<Call> {
        let called = self.producer.called();
        called[std::mem::replace(before, called.len())..].iter().map(Called::call).collect()
    }

    /// Returns how many calls of a kind were made.
    pub(crate) fn count(&self, call: Call) -> usize {
        self.producer.called().iter().filter(|called| called.call() == call).count()
    }

    /// Returns the last call that was made.
    pub(crate) fn last_call(&self) -> Option<Call> {
        self.producer.called().last().map(Called::call)
    }

    /// Returns what was committed of an epoch's partition.
    pub(crate) fn position(&self, epoch: Epoch) -> Option<i64> {
        let partition = TopicPartition::new("script", i32::try_from(epoch.slot()).unwrap());
        self.producer.positions().get(&partition).map(|position| position.offset())
    }

    /// Returns the rewinds since this was last asked.
    pub(crate) fn rewinds(&self) -> Vec<(Epoch, i64)> {
        let mut rewinds = std::mem::take(&mut self.script.state().rewinds);
        rewinds.sort_by_key(|(epoch, _)| epoch.slot());
        rewinds
    }

    /// Holds what was committed against its positions: whatever the kind, outputs and positions come together. Messages
    /// of both partitions begin with offset 0 and have one output each.
    pub(crate) fn is_whole(&self) {
        let mut outputs = places(&self.producer.committed());
        outputs.sort_unstable();
        let inputs = [self.one, self.two].into_iter().flat_map(|epoch| {
            (0..self.position(epoch).unwrap_or(0)).map(move |offset| (epoch.slot(), offset))
        });
        assert_eq!(outputs, inputs.collect::<Vec<_>>());
    }
}

/// One output for each message: its place.
pub(crate) fn copy(line: &Line, out: &mut Outputs<Outgoing>) -> Result<(), AnyError> {
    out.send("out", line.key(), format!("{}/{}", line.epoch.slot(), line.offset))
}

/// Returns the places that outputs name.
pub(crate) fn places(records: &[Outgoing]) -> Vec<(usize, i64)> {
    let place = |record: &Outgoing| {
        let text = std::str::from_utf8(record.payload.as_deref().unwrap()).unwrap();
        let (slot, offset) = text.split_once('/').unwrap();
        (slot.parse().unwrap(), offset.parse().unwrap())
    };
    records.iter().map(place).collect()
}

/// Returns the places of what was enqueued.
pub(crate) fn enqueued(producer: &ScriptedProducer) -> Vec<(usize, i64)> {
    places(&producer.enqueued())
}

/// Returns how a transaction failed, if that is why a pipeline has stopped.
pub(crate) fn transaction_failed(error: &ProcessError<AnyError>) -> Option<ErrorClass> {
    match error {
        ProcessError::Transaction(error) => Some(error.class()),
        _ => None,
    }
}
