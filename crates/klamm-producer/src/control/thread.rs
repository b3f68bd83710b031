//! The thread of a producer.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use klamm_core::{
    Error, ErrorKind,
    native::{Event, EventQueue},
    oauth::Refreshing,
};

use super::{
    flushing::{Flushing, LOOK_AGAIN},
    reports::Reports,
};
use crate::{
    DeliveryError, Record, Undelivered,
    producer::{Reply, Shared},
};

/// How long to wait for the reports of records that were given up: librdkafka makes them itself.
const PURGED_WITHIN: Duration = Duration::from_secs(5);

/// Starts the control thread of a producer.
pub(crate) fn spawn(shared: Arc<Shared>, queue: EventQueue, tokens: Refreshing) -> Result<(), Error> {
    let mut control = Control {
        shared,
        queue,
        tokens,
        flushing: Flushing::default(),
        reports: Reports::default(),
        is_closing: false,
        given_up: 0,
        unclaimed: Vec::new(),
    };
    let thread = thread::Builder::new().name("klamm-producer".to_owned());
    let spawned = thread.spawn(move || control.run());
    spawned.map(drop).map_err(|error| Error::from(ErrorKind::Thread(Arc::new(error))))
}

struct Control {
    shared: Arc<Shared>,
    queue: EventQueue,
    tokens: Refreshing,
    flushing: Flushing,
    reports: Reports,
    /// Records that nobody waits for are kept for who is told of the close.
    is_closing: bool,
    /// Records that were given up.
    given_up: usize,
    unclaimed: Vec<DeliveryError>,
}

impl Control {
    fn run(&mut self) {
        let deadline = loop {
            let next = self.flushing.serve(&self.shared);
            if let Some(deadline) = self.shared.requests().close_by {
                break deadline;
            }
            self.read(next);
        };
        self.is_closing = true;
        self.shared.stop();
        self.drain(deadline);
        self.give_up();
        self.end();
        // Nobody waits for the close any more, but some may for their deliveries: what librdkafka still has is reported once
        // the threads of its brokers come to it.
        while self.shared.returns.under_way() > 0 {
            self.read(Some(LOOK_AGAIN));
        }
        self.shared.returns.unclaimed.receive(self.unclaimed.drain(..));
    }

    /// Sends what lingers and reads reports, until nothing is under way or it is too late.
    fn drain(&mut self, deadline: Instant) {
        while self.shared.returns.under_way() > 0 {
            // A close that came later may want it sooner.
            let deadline = self.shared.requests().close_by.map_or(deadline, |other| other.min(deadline));
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            let next = self.flushing.serve(&self.shared);
            self.flushing.hasten(&self.shared, deadline);
            self.read(Some(left.min(next.unwrap_or(LOOK_AGAIN)).min(LOOK_AGAIN)));
        }
    }

    /// Gives up what is under way, and reads the reports of that.
    fn give_up(&mut self) {
        self.given_up += self.shared.disperse(closed);
        let too_late = Instant::now() + PURGED_WITHIN;
        while self.shared.returns.under_way() > 0 {
            // Again, for a record that was being handed over the last time.
            self.shared.raw.purge();
            // What has been reported already is read however late it is.
            let has_read = self.read(Some(LOOK_AGAIN));
            if !has_read && Instant::now() >= too_late {
                return;
            }
        }
    }

    /// Reads one event, waiting up to `timeout` for it, or until something else is to be done. Returns whether there was one.
    fn read(&mut self, timeout: Option<Duration>) -> bool {
        self.tokens.poll();
        let Some(event) = self.queue.poll(timeout) else { return false };
        match event {
            Event::Deliveries(deliveries) => {
                let read = self.reports.read(&self.shared, deliveries);
                self.given_up += read.given_up;
                if self.is_closing {
                    self.unclaimed.extend(read.unclaimed);
                } else {
                    self.shared.returns.unclaimed.receive(read.unclaimed);
                }
            }
            Event::Error(error) => {
                tracing::warn!(target: "klamm", code = error.code.name(), "{}", error.reason);
            }
            Event::TokenRefresh(refresh) => self.tokens.start(refresh, self.queue.interrupt()),
            Event::Log(line) => line.emit(),
            _ => {}
        }
        true
    }

    /// Tells all who wait that it is over; the first one gets what is unclaimed.
    fn tell(&mut self, replies: Vec<Reply>) {
        for reply in replies {
            let unclaimed = std::mem::take(&mut self.unclaimed);
            if let Err(undelivered) = reply.send(Undelivered { records: self.given_up, unclaimed }) {
                self.unclaimed = undelivered.unclaimed;
            }
        }
        self.shared.returns.unclaimed.receive(self.unclaimed.drain(..));
    }
}

fn closed(record: Box<Record>) -> DeliveryError {
    DeliveryError::Closed { record }
}

/// However the thread ends, nothing is taken any more, and who waits hears of it.
impl Drop for Control {
    fn drop(&mut self) {
        self.end();
    }
}

impl Control {
    /// Takes nothing any more, and tells who waits.
    fn end(&mut self) {
        self.shared.stop();
        self.given_up += self.shared.disperse(closed);
        let flushes = loop {
            let closers = std::mem::take(&mut self.shared.requests().closers);
            self.tell(closers);
            let mut requests = self.shared.requests();
            // Others may have come while those were told.
            if requests.closers.is_empty() {
                requests.is_over = true;
                break std::mem::take(&mut requests.flushes);
            }
        };
        self.flushing.tell(flushes, self.given_up);
    }
}
