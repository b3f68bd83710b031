//! The control thread's loop.

use std::{
    collections::HashSet,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use klamm_core::{
    Error, ErrorKind, Start, TopicPartition,
    native::{Event, EventQueue},
    oauth::Refreshing,
};

use super::{
    Request, Wanted,
    assigning::Assigning,
    closing::Closing,
    commits::{Ask, Commits},
    events,
    rebalance::Hold,
    repairs::Repairs,
    rewinds::Rewinds,
    subscription::Leaving,
};
use crate::{liveness::StallWatch, partition::Phase, shared::Shared};

/// What the control thread is to do, beside what it is asked.
pub(crate) struct Orders {
    /// How often the queue is to be polled anew: a reader's own poll ends what an endless one of this thread's promised
    /// (`rd_kafka_app_polled`), and the group gives the member up after three times this.
    pub(crate) poll_within: Duration,
    /// After what time a partition that nobody reads is reported.
    pub(crate) stall_after: Duration,
    /// What to read, if no group says so.
    pub(crate) wanted: Option<Wanted>,
    /// Who makes tokens.
    pub(crate) tokens: Refreshing,
}

/// What the control thread knows.
pub(super) struct Control {
    pub(super) shared: Arc<Shared>,
    pub(super) queue: EventQueue,
    poll_within: Duration,
    pub(super) commits: Commits,
    pub(super) hold: Option<Hold>,
    pub(super) closing: Option<Closing>,
    pub(super) leaving: Option<Leaving>,
    pub(super) assigning: Option<Assigning>,
    /// What librdkafka was told to have, so that only that is given up.
    pub(super) taken: HashSet<TopicPartition>,
    repairs: Repairs,
    pub(super) rewinds: Rewinds,
    /// The group is asked before a partition is read.
    pub(super) asks_before: bool,
    stalls: StallWatch,
    tokens: Refreshing,
    drains: u64,
}

/// Starts the control thread of a consumer.
pub(crate) fn spawn(shared: Arc<Shared>, queue: EventQueue, orders: Orders) -> Result<(), Error> {
    let Orders { poll_within, stall_after, wanted, tokens } = orders;
    let now = Instant::now();
    let mut control = Control {
        shared,
        queue,
        poll_within,
        commits: Commits::default(),
        hold: None,
        closing: None,
        leaving: None,
        assigning: wanted.map(|wanted| Assigning::new(wanted, now)),
        taken: HashSet::new(),
        repairs: Repairs::default(),
        rewinds: Rewinds::default(),
        asks_before: false,
        stalls: StallWatch::new(stall_after, now),
        tokens,
        drains: 0,
    };
    let thread = thread::Builder::new().name("klamm-control".to_owned());
    let spawned = thread.spawn(move || control.run());
    spawned.map(drop).map_err(|error| Error::from(ErrorKind::Thread(Arc::new(error))))
}

impl Control {
    fn run(&mut self) {
        loop {
            while let Some(request) = self.shared.requests.take() {
                self.request(request);
            }
            self.tokens.poll();
            let now = Instant::now();
            self.repairs.pump(&self.shared, now);
            self.rewinds.pump(&self.shared, now);
            self.commits.pump(&self.shared, &self.queue);
            self.commits.expire(now);
            self.stalls.look(&self.shared, now);
            self.advance_assigning(now);
            self.advance_leaving(now);
            if let Some(hold) = self.hold.take_if(|hold| hold.drain.is_over(&self.commits, now)) {
                self.end_hold(&hold);
            }
            if self.advance_closing(now) {
                return;
            }
            self.shared.alarms.ring(now);
            let until_due = self.due().map(|due| due.saturating_duration_since(now));
            let timeout = until_due.map_or(self.poll_within, |until| until.min(self.poll_within));
            if let Some(event) = self.queue.poll(Some(timeout)) {
                self.event(event);
            }
        }
    }

    fn request(&mut self, request: Request) {
        let shared = &self.shared;
        match request {
            Request::Commit { positions, reply, deadline } => {
                self.commits.ask(Ask { positions, reply, deadline });
            }
            Request::Released(number) => {
                if let Some(hold) = &mut self.hold {
                    hold.drain.release(number);
                }
                if let Some(leaving) = &mut self.leaving {
                    leaving.drain.release(number);
                }
                if let Some(closing) = &mut self.closing {
                    closing.release(number);
                }
            }
            Request::Rewind(epoch, position) => self.rewinds.ask(epoch, position),
            Request::RewindUnless(epoch, position, sent) => {
                self.rewinds.find(&self.shared, epoch, position, sent);
            }
            Request::Found(epoch, position) => self.rewinds.found(epoch, position),
            Request::ExpectTransactions => self.expect_transactions(),
            Request::BeginAt(epoch, position) => self.begin_at(epoch, position),
            Request::Repair(epoch) => self.repairs.ask(shared, epoch, Instant::now()),
            Request::Subscribe { topics, reply } => self.subscribe(topics, reply),
            Request::Unsubscribe { reply } => self.unsubscribe(reply),
            Request::Seek { starts, reply } => {
                let result = self.may_ask().and_then(|()| self.seek(&starts));
                reply.send(result).ok();
            }
            Request::GroupMetadata { reply } => {
                // A transaction may have to be committed before the group can be left.
                let closed = || Err(Error::from(ErrorKind::Closed));
                let result = if self.is_leaving() { closed() } else { self.shared.client.group_metadata() };
                reply.send(result).ok();
            }
            Request::Located(located) => self.located(located),
            Request::Close { deadline, reply } => self.close(deadline, Some(reply)),
            Request::Abandon => self.abandon(),
        }
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Rebalance(rebalance) => self.rebalance(rebalance),
            Event::Commit { token, error, partitions } => {
                // What the group says is gone is gone, whatever librdkafka still believes.
                if let Some(answered) = self.commits.answered(token, error, &partitions) {
                    self.lose(&answered.fenced);
                    answered.tell(&self.shared);
                }
            }
            Event::Error(error) => {
                let is_fatal = error.is_fatal;
                events::report(&self.shared, error);
                if is_fatal {
                    self.lose(&self.shared.table.all());
                    self.abandon();
                }
            }
            #[cfg(feature = "statistics")]
            Event::Statistics(json) => events::statistics(&self.shared, &json),
            Event::TokenRefresh(refresh) => self.tokens.start(refresh, self.queue.interrupt()),
            Event::Log(line) => line.emit(),
            // Messages that arrive here were never delivered; they are freed unopened.
            _ => {}
        }
    }

    /// Returns when something is due although nothing happens.
    fn due(&self) -> Option<Instant> {
        let hold = self.hold.as_ref().map(|hold| hold.drain.deadline);
        let closing = self.closing.as_ref().map(|closing| closing.deadline);
        let leaving = self.leaving.as_ref().map(|leaving| leaving.drain.deadline);
        let assigning = self.assigning.as_ref().and_then(Assigning::next);
        let dates = [
            hold,
            closing,
            leaving,
            assigning,
            self.commits.next_deadline(),
            self.repairs.next(),
            self.rewinds.next(),
            self.stalls.next(),
            self.shared.alarms.next(),
        ];
        dates.into_iter().flatten().min()
    }

    /// Moves each partition, or none if one is not assigned. One that cannot be moved stays where it was.
    fn seek(&mut self, starts: &[(TopicPartition, Start)]) -> Result<(), Error> {
        let find = |(name, start): &(TopicPartition, Start)| {
            let partition = self.shared.table.named(name).filter(|it| it.phase() == Phase::Active);
            let missing = || Error::from(ErrorKind::NotAssigned { partition: name.clone() });
            partition.map(|partition| (partition, *start)).ok_or_else(missing)
        };
        let found = starts.iter().map(find).collect::<Result<Vec<_>, _>>()?;
        for (partition, start) in found {
            let result = partition.seek(&self.shared.hub, &self.shared.client, start);
            if partition.take_gone_astray() {
                self.repairs.ask(&self.shared, partition.epoch, Instant::now());
            }
            result?;
            self.rewinds.forget(partition.epoch);
        }
        Ok(())
    }

    /// Numbers the drains, so that each token is told from the others.
    pub(super) fn number(&mut self) -> u64 {
        self.drains += 1;
        self.drains
    }
}

/// However the thread ends, everyone hears that nothing comes any more.
impl Drop for Control {
    fn drop(&mut self) {
        self.lose(&self.shared.table.all());
        self.commits.close();
        self.shared.requests.end();
        self.shared.hub.close();
        self.shared.events.close();
    }
}
