//! What happens to a pipeline, and what must hold of it all the while.

use std::{
    collections::BTreeMap,
    mem,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use klamm_combinators::{AnyError, Limits, OnRevoke, Outputs, RecordsExt};
use klamm_core::{
    Epoch, TopicPartition,
    contract::{Assigned, ErrorClass, Event, Feed, Lost, Outgoing},
};
use klamm_testing::{Call, Called, ScriptedProducer};

use crate::{
    common::{
        random::Random,
        script::{Line, Script, run},
        transacted::{Kind, LONG, Pipeline, copy, places},
    },
    gates::Gates,
    seen::Seen,
};

pub(crate) const MILLISECOND: Duration = Duration::from_millis(1);
const STEPS: usize = 250;
const PARTITIONS: usize = 3;
/// How many messages each partition has.
const MESSAGES: i64 = 12;
const KEYS: [&str; 10] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];

/// A pipeline between a group and a producer that both do as they like.
pub(crate) struct World<'w> {
    kind: Kind,
    name: String,
    random: Random,
    script: &'w Script,
    producer: &'w ScriptedProducer,
    gates: &'w Gates,
    pipeline: Option<Pipeline<'w>>,
    /// The epoch of each partition that is assigned.
    epochs: [Option<Epoch>; PARTITIONS],
    hold: Option<Hold>,
    passed: Duration,
    /// How many faults may still come.
    faults: usize,
    pub(crate) seen: Seen,
}

/// A revoke that was not let go of.
struct Hold {
    is_released: Arc<AtomicBool>,
    epochs: Vec<Epoch>,
    until: Duration,
}

impl<'w> World<'w> {
    pub(crate) fn new(
        kind: Kind,
        seed: u32,
        random: Random,
        script: &'w Script,
        producer: &'w ScriptedProducer,
        gates: &'w Gates,
    ) -> Self {
        producer.hold_calls();
        producer.hold();
        let mut world = Self {
            kind,
            name: format!("{kind:?}, seed {seed}"),
            random,
            script,
            producer,
            gates,
            pipeline: None,
            epochs: [None; PARTITIONS],
            hold: None,
            passed: Duration::ZERO,
            faults: 8,
            seen: Seen::default(),
        };
        world.start();
        world
    }

    /// Starts a pipeline, which is told of the partitions that are assigned.
    fn start(&mut self) {
        let policies = [None, Some(OnRevoke::Drain { deadline: MILLISECOND * 100 }), Some(OnRevoke::Cancel)];
        let limits = Limits::default().per_partition([2, 5, 1_000][self.random.below(3)]);
        let records = self.script.records().limits(limits);
        let records = match policies[self.random.below(policies.len())] {
            None => records,
            Some(policy) => records.on_revoke(policy),
        };
        let gates = self.gates;
        let handle = async move |line: &Line, out: &mut Outputs<Outgoing>| -> Result<(), AnyError> {
            if number_of(line.epoch.slot(), line.offset) % 3 > 0 {
                gates.pass().await;
            }
            (0..outputs_of(line.epoch.slot(), line.offset)).try_for_each(|_| copy(line, out))
        };
        self.pipeline = Some(self.kind.pipeline(records, self.producer, handle));
    }

    /// Has all kinds of things happen.
    pub(crate) fn live(&mut self) {
        for _ in 0..STEPS {
            match self.random.below(100) {
                0..30 if self.gates.count() > 0 => {
                    let index = self.random.below(self.gates.count());
                    self.gates.open(index);
                }
                30..62 => self.say_of_record(),
                62..80 if self.is_in_doubt() && self.random.below(100) < 5 => self.restart(),
                62..80 => self.answer(),
                80..88 => self.pass(),
                88..90 => self.revoke(),
                90..92 => self.lose(),
                92..98 => self.assign(),
                98 => self.restart(),
                _ => {}
            }
            self.go_on();
        }
    }

    /// Has everything come to its end.
    pub(crate) fn end(&mut self) {
        self.faults = 0;
        for round in 0..400 {
            (0..PARTITIONS).for_each(|_| self.assign());
            (0..self.gates.count()).for_each(|_| self.gates.open(0));
            self.producer.waiting().into_iter().for_each(|number| self.producer.acknowledge(number));
            self.answer();
            self.pass();
            if round > 100 {
                // A window that is not full ends by itself.
                self.script.pass(LONG);
            }
            self.go_on();
            if (0..PARTITIONS).all(|slot| self.position(slot) == MESSAGES) {
                break;
            }
        }
        let positions = [0, 1, 2].map(|slot| self.position(slot));
        assert_eq!(positions, [MESSAGES; PARTITIONS], "{} does not come to its end", self.name);
        self.script.state().is_over = true;
        self.producer.release_calls();
        let mut pipeline = self.pipeline.take().unwrap();
        let report = run(&mut pipeline).expect("it ends").unwrap();
        assert!(report.committed <= 3 * MESSAGES.unsigned_abs(), "{}: {report:?}", self.name);
        drop(pipeline);
        self.check();
        assert!(self.script.state().commits.is_empty(), "{}", self.name);
    }

    /// Has the pipeline go on, as far as it comes.
    fn go_on(&mut self) {
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..=self.random.below(3) {
            let pipeline = self.pipeline.as_mut().unwrap();
            if let Poll::Ready(ended) = Pin::new(pipeline).poll(&mut context) {
                panic!("{} has ended: {ended:?}", self.name);
            }
        }
        self.take_back();
    }

    /// Takes back the partitions of a revoke that was let go of, or has been held for too long.
    fn take_back(&mut self) {
        let Some(hold) = &self.hold else { return };
        if hold.is_released.load(Ordering::Relaxed) {
            self.seen.released += 1;
        } else if hold.until <= self.passed {
            let epochs = hold.epochs.clone();
            self.script.state().events.push_back(Event::Lost(Lost { epochs }));
        } else {
            return;
        }
        let hold = self.hold.take().unwrap();
        self.over(&hold.epochs);
    }

    /// Nothing more comes of these epochs, and the group has another generation.
    fn over(&mut self, epochs: &[Epoch]) {
        let mut state = self.script.state();
        state.generation += 1;
        state.over.extend(epochs);
        state.messages.retain(|line| !epochs.contains(&line.epoch));
        for owned in &mut self.epochs {
            owned.take_if(|epoch| epochs.contains(epoch));
        }
    }

    fn has_fault(&mut self, percent: usize) -> Option<ErrorClass> {
        if self.faults == 0 || self.random.below(100) >= percent {
            return None;
        }
        self.faults -= 1;
        Some([ErrorClass::Abort, ErrorClass::Retriable][self.random.below(2)])
    }

    fn say_of_record(&mut self) {
        let waiting = self.producer.waiting();
        if waiting.is_empty() {
            return;
        }
        let number = waiting[self.random.below(waiting.len())];
        match self.has_fault(4) {
            None => self.producer.acknowledge(number),
            Some(class) => {
                self.seen.undelivered += 1;
                self.producer.fail(number, class);
            }
        }
    }

    fn answer(&mut self) {
        let Some(called) = self.producer.unanswered() else { return };
        let present = Some(self.script.state().generation);
        match (called, self.has_fault(10)) {
            (Called::SendOffsets { generation, .. }, _) if generation != present => {
                self.seen.stale += 1;
                self.producer.fail_call(ErrorClass::Abort);
            }
            // What is taken back cannot fail, short of the producer's end.
            (Called::Begin | Called::SendOffsets { .. } | Called::Commit, Some(class)) => {
                self.seen.refused += 1;
                self.producer.fail_call(class);
            }
            _ => self.producer.answer(),
        }
        self.check();
    }

    fn pass(&mut self) {
        let time = MILLISECOND * [1, 10, 60, 150][self.random.below(4)];
        self.passed += time;
        self.script.pass(time);
    }

    fn revoke(&mut self) {
        let epochs: Vec<Epoch> = self.epochs.iter().flatten().copied().collect();
        if self.hold.is_some() || epochs.is_empty() {
            return;
        }
        let first = self.random.below(epochs.len());
        let epochs = epochs[first..=first + self.random.below(epochs.len() - first)].to_vec();
        let within = MILLISECOND * [200, 150_000][self.random.below(2)];
        let is_released = self.script.revoke(epochs.clone(), within);
        // No source goes on with them.
        self.script.state().messages.retain(|line| !epochs.contains(&line.epoch));
        self.hold = Some(Hold { is_released, epochs, until: self.passed + within });
    }

    fn lose(&mut self) {
        let is_held = |epoch: &Epoch| self.hold.as_ref().is_some_and(|hold| hold.epochs.contains(epoch));
        let owned: Vec<Epoch> = self.epochs.iter().flatten().copied().filter(|it| !is_held(it)).collect();
        if owned.is_empty() {
            return;
        }
        let epochs = vec![owned[self.random.below(owned.len())]];
        self.over(&epochs);
        self.script.state().events.push_back(Event::Lost(Lost { epochs }));
        self.seen.lost += 1;
    }

    /// Assigns a partition from its committed position on, once that is settled.
    fn assign(&mut self) {
        let slot = self.random.below(PARTITIONS);
        let last = self.producer.called().last().map(Called::call);
        let is_settled = match self.producer.unanswered().map(|called| called.call()) {
            None => last != Some(Call::SendOffsets),
            Some(call) => call == Call::Begin,
        };
        if self.hold.is_some() || self.epochs[slot].is_some() || !is_settled {
            return;
        }
        let epoch = Epoch::next(u32::try_from(slot).unwrap());
        self.epochs[slot] = Some(epoch);
        self.script.state().generation += 1;
        self.script.assign(epoch);
        for offset in self.position(slot)..MESSAGES {
            self.script.deliver_keyed(epoch, offset, key_of(offset));
        }
    }

    /// Drops the pipeline, and starts another once it is settled what has become of its transaction.
    fn restart(&mut self) {
        self.seen.in_doubt += u32::from(self.is_in_doubt());
        self.pipeline = None;
        self.seen.restarts += 1;
        while self.producer.unanswered().is_some() {
            self.answer();
        }
        let in_doubt = mem::take(&mut self.script.state().in_doubt);
        for (epoch, sent) in in_doubt {
            let committed = self.producer.positions().get(&partition(epoch.slot())).copied();
            if committed.is_some_and(|committed| committed.offset() == sent.offset()) {
                self.script.clone().rewind(epoch, sent);
            }
        }
        self.take_back();
        {
            let mut state = self.script.state();
            state.withheld.clear();
            for epoch in self.epochs.iter().flatten() {
                let partition = partition(epoch.slot());
                state.events.push_front(Event::Assigned(vec![Assigned { partition, epoch: *epoch }]));
            }
        }
        self.start();
    }

    /// Tells whether a commit is under way.
    fn is_in_doubt(&self) -> bool {
        self.producer.unanswered() == Some(Called::Commit)
    }

    fn position(&self, slot: usize) -> i64 {
        self.producer.positions().get(&partition(slot)).map_or(0, |position| position.offset())
    }

    /// Holds what was committed against its positions: each message below one has all its outputs there, and no other has
    /// any. Within a lane they are in order.
    fn check(&self) {
        let committed = places(&self.producer.committed());
        let mut counts = BTreeMap::<(usize, i64), usize>::new();
        let mut last = BTreeMap::new();
        for (slot, offset) in committed {
            *counts.entry((slot, offset)).or_default() += 1;
            let lane = match self.kind {
                Kind::Serial | Kind::ByPartition => (slot, ""),
                Kind::ByKey => (slot, key_of(offset)),
                Kind::Unordered => continue,
            };
            let before = last.insert(lane, offset).unwrap_or(0);
            assert!(before <= offset, "{}: {offset} of {lane:?} comes behind {before}", self.name);
        }
        for slot in 0..PARTITIONS {
            let position = self.position(slot);
            for offset in 0..MESSAGES {
                let expected = if offset < position { outputs_of(slot, offset) } else { 0 };
                let count = counts.get(&(slot, offset)).copied().unwrap_or(0);
                assert_eq!(count, expected, "{}: {slot}/{offset}, position {position}", self.name);
            }
        }
    }
}

/// Returns how many outputs a message has.
fn outputs_of(slot: usize, offset: i64) -> usize {
    [1, 1, 0, 1, 2][number_of(slot, offset) % 5]
}

fn key_of(offset: i64) -> &'static str {
    // Some of them come again soon.
    KEYS[number_of(0, offset * offset) % KEYS.len()]
}

/// Returns a number that decides what becomes of a message.
fn number_of(slot: usize, offset: i64) -> usize {
    slot + usize::try_from(offset).unwrap()
}

fn partition(slot: usize) -> TopicPartition {
    TopicPartition::new("script", i32::try_from(slot).unwrap())
}
