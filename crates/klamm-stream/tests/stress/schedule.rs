//! A schedule: what is done to one consumer, as data that a seed makes and a failure prints.

use std::fmt;

/// What is done to one consumer, in order.
#[derive(Debug)]
pub(crate) struct Schedule {
    pub(crate) seed: u64,
    pub(crate) group: Group,
    pub(crate) partitions: i32,
    pub(crate) readers: Vec<Kind>,
    pub(crate) steps: Vec<Step>,
}

/// Who assigns the partitions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Group {
    /// Nobody: all are read from the beginning.
    None,
    /// A group of the new protocol, whose partitions move within heartbeats.
    Consumer,
    /// A classic group, where a rebalance takes a second.
    Eager,
    /// The same, where a rebalance moves only what must move.
    Cooperative,
}

/// How a reader reads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    /// `stream()`
    Stream,
    /// `into_stream()`
    Shared,
    /// `next_batch()`, each future dropped after one poll.
    Batch,
    /// `recv()`
    Recv,
    /// `recv()`, where a future that is woken is dropped and another one made.
    RecvAnew,
    /// `partitions()`, and every stream that comes of it.
    Partitions,
}

/// One thing that is done. Readers are counted round.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Writes, and does not wait for it.
    Produce {
        partition: i32,
        count: usize,
    },
    /// Waits until everything is delivered that can be, and every reader is parked: what the checker is about.
    Settle,
    /// Has a reader take so many messages more, and then not be polled.
    Take {
        reader: usize,
        count: usize,
    },
    /// Does not poll a reader any more.
    Hold {
        reader: usize,
    },
    /// Has a reader wait once more, and not be polled when it is woken. A single wait is then dropped.
    Doze {
        reader: usize,
    },
    /// Waits until everything is delivered, or somebody holds some of it back.
    Arrive,
    /// Polls a reader again, if it was woken or has not waited.
    Go {
        reader: usize,
    },
    /// Drops a reader with all that it has taken, and makes another. One of partitions keeps some of its streams.
    Replace {
        reader: usize,
        kind: Kind,
    },
    /// Drops every reader, and then makes others.
    Switch {
        readers: Vec<Kind>,
    },
    /// Moves a partition to so many thousandths of what was written to it.
    Seek {
        partition: i32,
        thousandths: usize,
    },
    Pause {
        partition: i32,
    },
    Resume {
        partition: i32,
    },
    /// Commits what was delivered.
    Commit,
    /// Drops the messages that readers have kept, on a thread of its own.
    Free,
    /// Has the group take a partition away, and give it back.
    Move {
        partition: i32,
    },
    /// Gives the subscription up, and subscribes again.
    Resubscribe,
    /// Has a second member come and go.
    Visit,
}

impl Schedule {
    /// Makes the schedule of a seed.
    pub(crate) fn of(seed: u64) -> Self {
        let mut random = Random(seed);
        // The classic protocol is slow on the mock, and is seldom met.
        let group = match seed % 100 {
            13 => Group::Eager,
            63 => Group::Cooperative,
            n if n % 5 < 2 => Group::Consumer,
            _ => Group::None,
        };
        let partitions = [1, 2, 2, 4][random.below(4)];
        let readers = readers(&mut random);
        let mut steps = vec![Step::Produce { partition: 0, count: 20 }];
        let mut kinds = readers.clone();
        for _ in 0..6 + random.below(7) {
            let next = match random.below(8) {
                0 | 1 => interrupted(&mut random, partitions, &kinds),
                2 => unpolled(&mut random, partitions, &kinds),
                _ => vec![step(&mut random, partitions, &kinds)],
            };
            for step in next {
                match &step {
                    Step::Switch { readers } => kinds.clone_from(readers),
                    Step::Replace { reader, kind } => kinds[*reader] = *kind,
                    _ => {}
                }
                steps.push(step);
            }
        }
        // What takes long happens at most twice.
        let resplits = match group {
            Group::None => 0,
            Group::Consumer => 1 + random.below(2),
            Group::Eager | Group::Cooperative => 1,
        };
        for _ in 0..resplits {
            let resplit = resplit(&mut random, group, partitions);
            steps.insert(1 + random.below(steps.len()), resplit);
        }
        Self { seed, group, partitions, readers, steps }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, group, partitions, readers, steps } = self;
        writeln!(f, "seed {seed}: group {group:?}, {partitions} partitions, readers {readers:?}")?;
        (1..).zip(steps).try_for_each(|(number, step)| writeln!(f, "  {number} {step:?}"))
    }
}

fn readers(random: &mut Random) -> Vec<Kind> {
    match random.below(6) {
        0 | 1 => vec![kind(random)],
        // Single waits alone: one wake-up is for one of them.
        5 => (0..2).map(|_| [Kind::Recv, Kind::RecvAnew][random.below(2)]).collect(),
        2 => (0..2).map(|_| kind(random)).collect(),
        3 => (0..4).map(|_| kind(random)).collect(),
        _ => vec![Kind::Partitions],
    }
}

fn kind(random: &mut Random) -> Kind {
    [Kind::Stream, Kind::Shared, Kind::Batch, Kind::Recv, Kind::RecvAnew][random.below(5)]
}

/// A reader that has taken a batch and not delivered all of it, and what happens then.
fn interrupted(random: &mut Random, partitions: i32, kinds: &[Kind]) -> Vec<Step> {
    let (partition, reader) = (random.partition(partitions), random.below(kinds.len()));
    let count = [7, 40, 300][random.below(3)];
    let mut steps = vec![
        Step::Take { reader, count: 1 + random.below(5) },
        Step::Produce { partition, count },
        Step::Arrive,
    ];
    steps.push(match random.below(8) {
        0..=2 => replace(random, reader, kinds),
        3 => Step::Switch { readers: readers(random) },
        4 => Step::Seek { partition, thousandths: random.below(1_001) },
        5 => Step::Pause { partition },
        6 => Step::Commit,
        _ => Step::Go { reader },
    });
    steps
}

/// A reader that is woken and not polled, so that the others must do without it.
fn unpolled(random: &mut Random, partitions: i32, kinds: &[Kind]) -> Vec<Step> {
    let (partition, reader) = (random.partition(partitions), random.below(kinds.len()));
    vec![Step::Settle, Step::Doze { reader }, Step::Produce { partition, count: 1 }, Step::Settle]
}

fn replace(random: &mut Random, reader: usize, kinds: &[Kind]) -> Step {
    let kind = if kinds == [Kind::Partitions] { Kind::Partitions } else { kind(random) };
    Step::Replace { reader, kind }
}

fn step(random: &mut Random, partitions: i32, kinds: &[Kind]) -> Step {
    let (partition, reader) = (random.partition(partitions), random.below(kinds.len()));
    match random.below(35) {
        0..=9 => Step::Produce { partition, count: [1, 1, 2, 7, 40, 300][random.below(6)] },
        10..=13 => Step::Settle,
        14..=15 => Step::Take { reader, count: 1 + random.below(8) },
        16 => Step::Hold { reader },
        17 => Step::Go { reader },
        18..=20 => replace(random, reader, kinds),
        21 => Step::Switch { readers: readers(random) },
        22..=25 => Step::Seek { partition, thousandths: random.below(1_001) },
        26..=27 => Step::Pause { partition },
        28..=29 => Step::Resume { partition },
        30..=32 => Step::Doze { reader },
        33 => Step::Commit,
        _ => Step::Free,
    }
}

fn resplit(random: &mut Random, group: Group, partitions: i32) -> Step {
    if group != Group::Consumer {
        return Step::Visit;
    }
    match random.below(8) {
        0 | 1 => Step::Resubscribe,
        2 => Step::Visit,
        _ => Step::Move { partition: random.partition(partitions) },
    }
}

/// A generator whose output is its seed's (`SplitMix64`).
pub(crate) struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    fn partition(&mut self, partitions: i32) -> i32 {
        let index = self.below(usize::try_from(partitions).expect("it is not negative"));
        i32::try_from(index).expect("it is below the number of partitions")
    }

    fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).expect("it is small");
        usize::try_from(self.next() % limit).expect("it is small")
    }
}
