//! One schedule from its first step to its last.

use std::{
    fmt::Write,
    future::Future,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use klamm_core::{ErrorCode, contract::CommitResult};
use klamm_producer::Record;
use klamm_testing::{
    ApiKey,
    history::{Happened, History},
};

use crate::{
    kind::Kind,
    schedule::{Schedule, Step},
    seat::Seat,
    site::Site,
    verdict,
    work::Attempts,
};

/// How long anything may take.
pub(crate) const WITHIN: Duration = Duration::from_secs(20);
/// How long to wait for what need not happen.
const BRIEFLY: Duration = Duration::from_secs(1);
/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(2);
/// How many of the last entries of a history are told.
const TOLD: usize = 10_000;

/// Why a schedule has failed.
pub(crate) type Outcome<T = ()> = Result<T, String>;

/// Runs a schedule. What goes wrong is told with everything that is needed to see it again.
pub(crate) async fn run(site: &Site, schedule: &Schedule, kind: Kind, number: u64) -> Outcome {
    let mut run = Run::new(site, schedule, kind, format!("schedule-{number}"));
    let outcome = run.all().await;
    site.mend();
    let seats = std::mem::take(&mut run.seats);
    for result in join_all(seats.into_iter().map(Seat::vanish)).await {
        outcome.as_ref().err().map_or(result, |_| Ok(()))?;
    }
    let entries = run.history.entries();
    let found = verdict::check(&entries, schedule, kind, outcome.is_ok());
    let whys: Vec<String> = outcome.err().into_iter().chain(found.err()).collect();
    if whys.is_empty() {
        return Ok(());
    }
    let mut told = format!("{}\nafter {} steps of {schedule}", whys.join("\n"), run.done);
    for entry in &entries[entries.len().saturating_sub(TOLD)..] {
        write!(told, "\n  {:?} {} {:?}", entry.at, entry.member, entry.what).expect("a string takes it");
    }
    Err(told)
}

pub(crate) struct Run<'s> {
    pub(super) site: &'s Site,
    pub(super) schedule: &'s Schedule,
    pub(super) kind: Kind,
    pub(super) topic: String,
    pub(super) history: History,
    pub(super) seats: Vec<Seat>,
    /// How many members there were.
    pub(super) named: usize,
    pub(super) attempts: Attempts,
    /// How much was written to each partition.
    pub(super) written: Vec<i64>,
    /// Members were told that they are out: one may have nothing, and not know it.
    pub(super) has_ended_memberships: bool,
    done: usize,
}

impl<'s> Run<'s> {
    fn new(site: &'s Site, schedule: &'s Schedule, kind: Kind, topic: String) -> Self {
        let count = usize::try_from(schedule.partitions).expect("it is not negative");
        site.cluster.create_topic(&topic, count).unwrap();
        Self {
            site,
            schedule,
            kind,
            topic,
            history: History::new(),
            seats: Vec::new(),
            named: 0,
            attempts: Attempts::default(),
            written: vec![0; count],
            has_ended_memberships: false,
            done: 0,
        }
    }

    async fn all(&mut self) -> Outcome {
        self.begin().await?;
        for step in &self.schedule.steps {
            self.step(step).await.map_err(|why| format!("{step:?}: {why}"))?;
            self.done += 1;
        }
        self.end().await
    }

    /// Has one record of each partition handled and committed.
    ///
    /// While librdkafka looks for where a partition begins, nothing may move it: an answer that was overtaken is asked for again,
    /// and has what was delivered come once more (`rd_kafka_toppar_handle_Offset`, 2.12.1). From here on it begins at a commit.
    async fn begin(&mut self) -> Outcome {
        self.produce(self.written.len()).await?;
        self.join();
        until("the first commit", || self.look()).await
    }

    async fn step(&mut self, step: &Step) -> Outcome {
        match step {
            Step::Produce { count } => self.produce(*count).await?,
            Step::Handle { count } => self.handle(*count).await?,
            Step::Join => self.join(),
            Step::Share => self.share().await?,
            Step::Leave { member } => {
                if let Some(seat) = self.take_seat(*member) {
                    seat.leave().await?;
                }
            }
            Step::Replace { member } => {
                let old = self.seats.len();
                self.join();
                if old > 0 {
                    let seat = self.seats.swap_remove(member % old);
                    seat.leave().await?;
                }
            }
            Step::Vanish { member } => {
                if let Some(seat) = self.take_seat(*member) {
                    seat.vanish().await?;
                }
            }
            Step::Drop { member } => {
                if let Some(seat) = self.seat(*member) {
                    seat.drop_pipeline();
                }
            }
            Step::Refuse { codes } => {
                self.site.cluster.push_request_errors(ApiKey::OFFSET_COMMIT, codes);
            }
            Step::Fence { code } => self.fence(*code).await?,
            Step::Expire => self.expire(),
            Step::Delay { millis } => self.site.cluster.set_round_trip(Duration::from_millis(*millis)),
            Step::Look => {
                self.look();
            }
        }
        Ok(())
    }

    async fn produce(&mut self, count: usize) -> Outcome {
        let mut writing = Vec::new();
        for _ in 0..count {
            let sum: i64 = self.written.iter().sum();
            let (partition, key) = (sum % i64::from(self.schedule.partitions), sum / 3 % 7);
            let partition = i32::try_from(partition).expect("there are few");
            let record = Record::to(&*self.topic).partition(partition).payload("hello");
            // Some have none.
            let record = if key == 6 { record } else { record.key(format!("key-{key}")) };
            self.written[usize::try_from(partition).expect("it is not negative")] += 1;
            writing.push(self.site.producer.send(record));
        }
        for delivered in within("writing", join_all(writing)).await? {
            delivered.map_err(|error| format!("writing: {error}"))?;
        }
        for (partition, end) in self.partitions().zip(&self.written) {
            self.history.note_end(&partition, *end);
        }
        Ok(())
    }

    async fn handle(&mut self, count: usize) -> Outcome {
        if self.seats.is_empty() {
            self.join();
        }
        let target = (self.history.handled() + count).min(self.total());
        let handled = || self.history.handled() >= target;
        if self.has_ended_memberships {
            until_or(BRIEFLY, handled).await;
            return Ok(());
        }
        until("records to be handled", handled).await
    }

    /// Has a commit be refused as that of a member that is out, and then the members find that they are, as on Kafka.
    async fn fence(&mut self, code: ErrorCode) -> Outcome {
        self.has_ended_memberships = true;
        self.site.cluster.push_request_errors(ApiKey::OFFSET_COMMIT, &[code]);
        self.produce(self.written.len()).await?;
        let fenced = |(_, result): &(_, CommitResult)| matches!(result, CommitResult::Fenced(Some(_)));
        until_or(BRIEFLY, || {
            let entries = self.history.entries();
            entries
                .iter()
                .any(|entry| matches!(&entry.what, Happened::Answered(all) if all.iter().any(fenced)))
        })
        .await;
        self.site.cluster.clear_request_errors(ApiKey::OFFSET_COMMIT);
        self.expire();
        Ok(())
    }

    fn expire(&mut self) {
        self.has_ended_memberships = true;
        let codes = vec![ErrorCode::UNKNOWN_MEMBER_ID; 2 * self.seats.len()];
        for key in [ApiKey::CONSUMER_GROUP_HEARTBEAT, ApiKey::HEARTBEAT] {
            self.site.cluster.push_request_errors(key, &codes);
        }
    }

    /// Waits until everything is handled and committed, and has everybody leave.
    async fn end(&mut self) -> Outcome {
        self.site.mend();
        if self.has_ended_memberships {
            self.leave().await?;
        }
        if self.seats.is_empty() {
            self.join();
        }
        let total = self.total();
        until("everything to be handled", || self.history.handled() == total).await?;
        until("everything to be committed", || self.look()).await?;
        self.leave().await?;
        if self.look() { Ok(()) } else { Err("what was committed is not any more".to_owned()) }
    }

    fn total(&self) -> usize {
        usize::try_from(self.written.iter().sum::<i64>()).expect("it is not negative")
    }
}

/// Awaits what must happen soon.
pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> Outcome<T> {
    tokio::time::timeout(WITHIN, future).await.map_err(|_| format!("{what}: not within {WITHIN:?}"))
}

/// Waits for a condition that must come true soon.
pub(crate) async fn until(what: &str, is_so: impl FnMut() -> bool) -> Outcome {
    if until_or(WITHIN, is_so).await { Ok(()) } else { Err(format!("{what}: not within {WITHIN:?}")) }
}

/// Waits for a condition, and returns whether it has come true within the time.
async fn until_or(time: Duration, mut is_so: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + time;
    loop {
        if is_so() {
            return true;
        }
        if Instant::now() > deadline {
            return false;
        }
        tokio::time::sleep(LOOK).await;
    }
}
