//! One schedule from its first step to its last, and what it comes to.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    sync::Arc,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use futures::future::join_all;
use klamm_core::{Message, Position, SharedMessage, TopicPartition};
use klamm_producer::{Delivery, Record};
use klamm_stream::{Consumer, Events};
use smol::Timer;

use crate::{
    check::{Account, Order},
    log::{self, Log},
    reader,
    schedule::{Group, Kind, Schedule, Step},
    seat::{Rest, Seat},
    settle::Polls,
    site::Site,
};

/// How long anything may take. A reader that waits longer while there is something to read is parked for ever.
pub(crate) const WITHIN: Duration = Duration::from_secs(20);
/// How often a condition is looked at that nobody tells of.
const LOOK: Duration = Duration::from_millis(1);

/// Why a schedule has failed.
pub(crate) type Outcome<T = ()> = Result<T, String>;

/// Runs a schedule. What goes wrong is told with everything that is needed to see it again.
pub(crate) fn run(site: &Site, schedule: &Schedule, number: u64) -> Outcome {
    let mut run = Run::new(site, schedule, format!("stress-{number}"))?;
    let mut done = 0;
    let outcome = run.steps(&mut done);
    let outcome = outcome.and_then(|()| run.end());
    let failed = run.log.failed().map(str::to_owned);
    outcome.and_then(|()| failed.map_or(Ok(()), Err)).map_err(|why| {
        let diagnostics = run.consumer.diagnostics();
        run.readers.iter().for_each(|reader| reader.seat.end());
        let accounts: String = run.accounts.iter().map(ToString::to_string).collect();
        format!("{why}\nafter {done} steps of {schedule}\n{accounts}{diagnostics:#?}")
    })
}

/// A reader, as whoever runs the schedule sees it.
pub(crate) struct Reader {
    pub(super) seat: Arc<Seat>,
    thread: JoinHandle<()>,
    /// How many messages it was let take.
    allowed: usize,
    /// It is not polled when it is woken.
    pub(super) is_dozing: bool,
}

pub(crate) struct Run<'s> {
    pub(super) site: &'s Site,
    pub(super) schedule: &'s Schedule,
    pub(super) topic: String,
    pub(super) consumer: Consumer,
    pub(super) events: Events,
    pub(super) log: Arc<Log>,
    pub(super) readers: Vec<Reader>,
    lane: usize,
    was_alone: bool,
    /// Of readers that are gone.
    polls: Vec<Polls>,
    pub(super) accounts: Vec<Account>,
    /// How much was written to each partition, and of what it is not known yet whether it stands.
    pub(super) written: Vec<i64>,
    writing: Vec<Delivery>,
    /// What is assigned, by the events so far, and when they were last looked at.
    pub(super) has: BTreeSet<i32>,
    /// What was assigned since, in order.
    pub(super) assigned: Vec<i32>,
    pub(super) looked: u64,
    /// What is paused, and since when.
    pub(super) paused: BTreeMap<i32, u64>,
    frees: Vec<JoinHandle<()>>,
}

impl<'s> Run<'s> {
    fn new(site: &'s Site, schedule: &'s Schedule, topic: String) -> Outcome<Self> {
        let count = schedule.partitions;
        site.cluster.create_topic(&topic, usize::try_from(count).expect("it is not negative")).unwrap();
        let consumer = site.consumer(schedule, &topic);
        let events = consumer.events();
        let log = Arc::new(Log::new(count));
        let looked = log.clock.now();
        let accounts = (0..count).map(|_| Account::new(order(&schedule.readers))).collect();
        let mut run = Self {
            site,
            schedule,
            topic,
            consumer,
            events,
            log,
            readers: Vec::new(),
            lane: 0,
            was_alone: false,
            polls: Vec::new(),
            accounts,
            written: vec![0; len(count)],
            writing: Vec::new(),
            has: BTreeSet::new(),
            assigned: Vec::new(),
            looked,
            paused: BTreeMap::new(),
            frees: Vec::new(),
        };
        run.until_started()?;
        run.assigned.clear();
        run.open(&schedule.readers);
        run.begin()?;
        Ok(run)
    }

    /// Reads one message of each partition, and has the group know a position.
    ///
    /// While librdkafka looks for where a partition begins, nothing may move it: an answer that a move has overtaken is asked
    /// for again half a second later, and undoes the move (`rd_kafka_toppar_handle_Offset`, 2.12.1).
    fn begin(&mut self) -> Outcome {
        self.all().for_each(|partition| self.produce(partition, 1));
        self.settle()?;
        if self.schedule.group == Group::None { Ok(()) } else { self.commit() }
    }

    fn steps(&mut self, done: &mut usize) -> Outcome {
        for step in &self.schedule.steps {
            self.look(self.looked)?;
            self.note_positions();
            self.step(step)?;
            if let Some(failed) = self.log.failed() {
                return Err(failed.to_owned());
            }
            *done += 1;
        }
        Ok(())
    }

    fn step(&mut self, step: &Step) -> Outcome {
        match step {
            Step::Produce { partition, count } => self.produce(*partition, *count),
            Step::Settle => self.settle()?,
            Step::Take { reader, count } => self.readers[*reader].allow(*count),
            Step::Hold { reader } => self.readers[*reader].allow(0),
            Step::Doze { reader } => self.readers[*reader].doze(),
            Step::Arrive => self.arrive()?,
            Step::Go { reader } => self.readers[*reader].allow(usize::MAX),
            Step::Replace { kind: Kind::Partitions, .. } => self.readers[0].seat.renew(),
            Step::Replace { reader, kind } => self.replace(*reader, *kind)?,
            Step::Switch { readers } => {
                if self.readers.len() > 1 {
                    // What the first gives back may come to one that is further, and not yet gone.
                    self.lower_order(Order::Any);
                }
                while let Some(reader) = self.readers.pop() {
                    self.close(reader)?;
                }
                self.open(readers);
            }
            Step::Seek { partition, thousandths } => self.seek(*partition, *thousandths)?,
            Step::Pause { partition } => self.pause(*partition)?,
            Step::Resume { partition } => self.resume(*partition)?,
            Step::Commit if self.schedule.group == Group::None => {}
            Step::Commit => self.commit()?,
            Step::Free => {
                let kept = self.log.take_kept();
                self.frees.push(free(kept));
            }
            Step::Move { .. } | Step::Resubscribe | Step::Visit => self.resplit(step)?,
        }
        Ok(())
    }

    fn produce(&mut self, partition: i32, count: usize) {
        for _ in 0..count {
            let written = &mut self.written[len(partition)];
            let record = Record::to(&*self.topic).partition(partition);
            let record = record.payload(log::payload(partition, *written));
            *written += 1;
            self.writing.push(self.site.producer.send(record));
        }
    }

    /// Waits until everything stands that was written.
    pub(super) fn finish_writing(&mut self) -> Outcome {
        for delivered in within("writing", join_all(self.writing.drain(..)))? {
            delivered.map_err(|error| format!("writing: {error}"))?;
        }
        Ok(())
    }

    fn open(&mut self, kinds: &[Kind]) {
        for kind in kinds {
            self.start(*kind, kinds.len() == 1);
        }
        self.lower_order(self.order());
    }

    /// Starts a reader. One that is alone goes on in the lane of the one that was alone before it.
    fn start(&mut self, kind: Kind, is_alone: bool) {
        if !(is_alone && self.was_alone) {
            self.lane += 1;
        }
        self.was_alone = is_alone;
        let seat = Seat::new(kind);
        let (consumer, log) = (self.consumer.clone(), Arc::clone(&self.log));
        let (place, lane) = (Arc::clone(&seat), self.lane);
        let thread = thread::spawn(move || reader::read(&consumer, &place, &log, lane));
        self.readers.push(Reader { seat, thread, allowed: usize::MAX, is_dozing: false });
    }

    fn replace(&mut self, index: usize, kind: Kind) -> Outcome {
        let reader = self.readers.swap_remove(index);
        self.close(reader)?;
        let is_alone = self.readers.is_empty();
        self.start(kind, is_alone);
        let last = self.readers.len() - 1;
        self.readers.swap(index, last);
        // What it gave back may come to one that is further.
        self.lower_order(if is_alone { self.order() } else { Order::Any });
        Ok(())
    }

    fn close(&mut self, reader: Reader) -> Outcome {
        reader.seat.end();
        let Reader { seat, thread, .. } = reader;
        self.polls.push(Polls::of(&seat));
        let is_over = self.log.wait(WITHIN, || seat.rest() == Rest::Over || thread.is_finished());
        if !is_over {
            return Err(format!("a reader of {:?} does not end", seat.kind));
        }
        thread.join().map_err(|_| format!("a reader of {:?} has panicked", seat.kind))
    }

    /// What can be expected of the order of those who read now.
    pub(super) fn order(&self) -> Order {
        let kinds: Vec<_> = self.readers.iter().map(|reader| reader.seat.kind).collect();
        order(&kinds)
    }

    pub(super) fn lower_order(&mut self, order: Order) {
        self.accounts.iter_mut().for_each(|account| account.lower_order(order));
    }

    /// The last check, and everything is let go of.
    fn end(&mut self) -> Outcome {
        self.look(self.looked)?;
        for partition in self.all() {
            self.resume(partition)?;
        }
        self.readers.iter_mut().for_each(|reader| reader.allow(usize::MAX));
        self.settle()?;
        self.note_positions();
        self.note_epochs();
        while let Some(reader) = self.readers.pop() {
            self.close(reader)?;
        }
        let deliveries = self.log.deliveries();
        for (partition, account) in self.accounts.iter().enumerate() {
            account.verify(&deliveries[partition]).map_err(|why| format!("partition {partition}: {why}"))?;
        }
        let delivered = deliveries.iter().map(Vec::len).sum::<usize>();
        drop(deliveries);
        self.polls.iter().try_for_each(|polls| polls.verify(delivered, self.schedule))?;
        within("the end", self.consumer.close(WITHIN))?;
        self.frees.push(free(self.log.take_kept()));
        for thread in self.frees.drain(..) {
            thread.join().map_err(|_| "a message that was kept is not what it was".to_owned())?;
        }
        Ok(())
    }

    /// Starts another member of the group.
    pub(super) fn member(&self) -> Consumer {
        self.site.consumer(self.schedule, &self.topic)
    }

    pub(super) fn all(&self) -> std::ops::Range<i32> {
        0..self.schedule.partitions
    }

    pub(super) fn name(&self, partition: i32) -> TopicPartition {
        TopicPartition::new(&*self.topic, partition)
    }

    pub(super) fn position(&self, partition: i32) -> Option<i64> {
        self.consumer.position(&self.name(partition)).ok().flatten().map(Position::offset)
    }

    fn note_positions(&mut self) {
        for partition in self.all() {
            if let Some(position) = self.position(partition) {
                let known = self.log.clock.now();
                self.accounts[len(partition)].note_position(position, known);
            }
        }
    }

    /// Learns the epochs of what is assigned. It raises what it looks at, and so comes before something that does too.
    pub(super) fn note_epochs(&mut self) {
        for seen in self.consumer.diagnostics().partitions {
            self.accounts[len(seen.partition.partition)].note_epoch(seen.epoch);
        }
    }
}

impl Reader {
    /// Tells whether it is not polled, and not to be before it is told so.
    pub(super) fn is_held(&self) -> bool {
        self.allowed == 0
    }

    /// Streams of single partitions do not doze, since nobody else is woken for them, nor does who stops half-way.
    fn doze(&mut self) {
        if self.allowed == usize::MAX && self.seat.kind != Kind::Partitions {
            self.is_dozing = true;
            self.seat.doze();
        }
    }

    pub(super) fn allow(&mut self, count: usize) {
        self.allowed = count;
        self.is_dozing = false;
        self.seat.allow(count);
    }
}

fn order(kinds: &[Kind]) -> Order {
    match kinds {
        [_] => Order::Gapless,
        // A single wait gives the rest of what it took back at once.
        _ if kinds.iter().any(|kind| matches!(kind, Kind::Recv | Kind::RecvAnew)) => Order::Any,
        _ => Order::Rising,
    }
}

/// Drops messages on a thread of their own, which looks whether they are still what they were.
fn free(kept: Vec<SharedMessage>) -> JoinHandle<()> {
    thread::spawn(move || {
        for message in kept {
            let expected = log::payload(message.partition(), message.offset());
            assert_eq!(message.payload(), Some(expected.as_bytes()));
        }
    })
}

/// Awaits what must happen soon.
pub(crate) fn within<T>(what: &str, future: impl Future<Output = T>) -> Outcome<T> {
    let late = async {
        Timer::after(WITHIN).await;
        Err(format!("{what}: not within {WITHIN:?}"))
    };
    smol::block_on(smol::future::or(async { Ok(future.await) }, late))
}

/// Waits for a condition that must come true soon.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) -> Outcome {
    let deadline = Instant::now() + WITHIN;
    while !is_so() {
        if Instant::now() > deadline {
            return Err(format!("{what}: not within {WITHIN:?}"));
        }
        thread::sleep(LOOK);
    }
    Ok(())
}

/// A number that is not negative, as an index.
pub(crate) fn len(number: i32) -> usize {
    usize::try_from(number).expect("it is not negative")
}
