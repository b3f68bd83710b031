//! A schedule: what is done to the members of a group, as data that a seed makes and a failure prints.

use std::{fmt, time::Duration};

use klamm_core::ErrorCode;

use crate::random::Random;

/// What is done to the members of a group, in order.
#[derive(Debug)]
pub(crate) struct Schedule {
    pub(crate) seed: u64,
    pub(crate) group: Group,
    pub(crate) partitions: i32,
    /// When pipelines commit.
    pub(crate) commit_every: (usize, Duration),
    /// How long a revoke waits at most.
    pub(crate) hold: Duration,
    pub(crate) handlers: Handlers,
    pub(crate) steps: Vec<Step>,
}

/// How partitions are shared out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Group {
    /// By the new protocol, within heartbeats.
    Consumer,
    /// By a classic group, where a rebalance takes a second on the mock.
    Eager,
}

/// How many handlers of a thousand do what; the others are done at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Handlers {
    pub(crate) fail: u64,
    pub(crate) panic: u64,
    pub(crate) slow: u64,
    /// How long a slow one takes at most.
    pub(crate) millis: u64,
}

/// One thing that is done. Members are counted round.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Writes so many records, over all partitions.
    Produce { count: usize },
    /// Waits until so many records more are handled, or there are none.
    Handle { count: usize },
    /// Starts a member, and does not wait for it.
    Join,
    /// Waits until every member has what the group gives it.
    Share,
    /// Has a member leave in order, and waits for that.
    Leave { member: usize },
    /// Has a member leave while another joins.
    Replace { member: usize },
    /// Drops a member's pipeline, and its consumer with it.
    Vanish { member: usize },
    /// Drops a member's pipeline; the supervisor starts another.
    Drop { member: usize },
    /// Has the next commits be refused with these codes.
    Refuse { codes: Vec<ErrorCode> },
    /// Has the next commit be refused as one of a member that is out, and has the members find that they are.
    Fence { code: ErrorCode },
    /// Has the members find that they are out.
    Expire,
    /// Has the brokers take so long for an answer.
    Delay { millis: u64 },
    /// Looks at what is committed.
    Look,
}

impl Schedule {
    /// Makes the schedule of a seed.
    pub(crate) fn of(seed: u64) -> Self {
        let mut random = Random(seed);
        // The classic protocol is slow on the mock, and is seldom met.
        let group = if seed % 50 == 13 { Group::Eager } else { Group::Consumer };
        let partitions = [1, 2, 3, 4][random.below(4)];
        let millis = [1, 5, 50][random.below(3)];
        let commit_every = ([1, 7, 1_000][random.below(3)], Duration::from_millis(millis));
        // Mostly long enough for what runs; a short one is overrun by slow handlers.
        let hold = Duration::from_millis([8_000, 8_000, 20][random.below(3)]);
        let handlers = match random.below(4) {
            0 => Handlers { fail: 0, panic: 0, slow: 0, millis: 0 },
            1 => Handlers { fail: 0, panic: 0, slow: 200, millis: 10 },
            2 => Handlers { fail: 20, panic: 10, slow: 100, millis: 10 },
            _ => Handlers { fail: 5, panic: 5, slow: 30, millis: 60 },
        };
        let mut steps = vec![Step::Produce { count: 40 }];
        let count = if group == Group::Consumer { 4 + random.below(7) } else { 4 };
        for _ in 0..count {
            steps.extend(step(&mut random));
        }
        Self { seed, group, partitions, commit_every, hold, handlers, steps }
    }

    /// Tells whether members are told that they are out, on purpose.
    pub(crate) fn ends_memberships(&self) -> bool {
        let ends = |step: &Step| matches!(step, Step::Fence { .. } | Step::Expire);
        self.group != Group::Consumer || self.steps.iter().any(ends)
    }

    /// Tells whether everything goes well: members only come and leave, and nothing is refused.
    pub(crate) fn is_clean(&self) -> bool {
        let Handlers { fail, panic, .. } = self.handlers;
        let is_clean = |step: &Step| !matches!(step, Step::Vanish { .. } | Step::Drop { .. });
        let is_long = self.hold > Duration::from_secs(1);
        is_long && fail + panic == 0 && !self.ends_memberships() && self.steps.iter().all(is_clean)
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, group, partitions, commit_every, hold, handlers, steps } = self;
        writeln!(f, "seed {seed}: group {group:?}, {partitions} partitions, commits every {commit_every:?}")?;
        writeln!(f, "holds up to {hold:?}, {handlers:?}")?;
        (1..).zip(steps).try_for_each(|(number, step)| writeln!(f, "  {number} {step:?}"))
    }
}

fn step(random: &mut Random) -> Vec<Step> {
    let member = random.below(4);
    let count = [5, 30, 100][random.below(3)];
    match random.below(22) {
        0..=2 => vec![Step::Produce { count }],
        3..=4 => vec![Step::Handle { count }],
        5..=6 => vec![Step::Join, Step::Share],
        // While partitions are on their way.
        7..=8 => vec![Step::Produce { count }, Step::Join],
        9 => vec![Step::Join, Step::Leave { member }],
        10 => vec![Step::Leave { member }],
        11..=12 => vec![Step::Produce { count }, Step::Replace { member }],
        13 => vec![Step::Vanish { member }],
        14..=15 => vec![Step::Produce { count }, Step::Drop { member }],
        16..=17 => vec![Step::Refuse { codes: refusals(random) }, Step::Produce { count }],
        18 => {
            // Not `FENCED_INSTANCE_ID`, which is fatal to librdkafka 2.12.1: in the middle of a rebalance it then calls itself until the
            // stack is full (`rd_kafka_rebalance_op_incr`).
            let code = [ErrorCode::UNKNOWN_MEMBER_ID, ErrorCode::FENCED_MEMBER_EPOCH][random.below(2)];
            vec![Step::Fence { code }, Step::Produce { count }]
        }
        // Also of a member that is draining.
        19 => vec![Step::Produce { count }, Step::Join, Step::Expire],
        20 => vec![Step::Delay { millis: [0, 5, 30][random.below(3)] }],
        _ => vec![Step::Look],
    }
}

fn refusals(random: &mut Random) -> Vec<ErrorCode> {
    // Not `NOT_COORDINATOR`: while a member looks for the coordinator, the mock hands its partitions to another although it has
    // not given them up.
    const CODES: [ErrorCode; 4] = [
        ErrorCode::REQUEST_TIMED_OUT,
        ErrorCode::COORDINATOR_LOAD_IN_PROGRESS,
        ErrorCode::REBALANCE_IN_PROGRESS,
        ErrorCode::STALE_MEMBER_EPOCH,
    ];
    (0..=random.below(3)).map(|_| CODES[random.below(4)]).collect()
}
