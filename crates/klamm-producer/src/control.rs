//! The thread of a producer that reads the delivery reports.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use klamm_core::{
    Error, ErrorCode, ErrorKind,
    native::{Event, EventQueue},
    oauth::Refreshing,
};

use crate::producer::{Shared, Undelivered};

/// How long to wait for the reports of records that were given up: librdkafka makes them itself.
const PURGED_WITHIN: Duration = Duration::from_secs(5);

/// Starts the control thread of a producer.
pub(crate) fn spawn(shared: Arc<Shared>, queue: EventQueue, tokens: Refreshing) -> Result<(), Error> {
    let mut control = Control { shared, queue, tokens, given_up: 0 };
    let thread = thread::Builder::new().name("klamm-producer".to_owned());
    let spawned = thread.spawn(move || control.run());
    spawned.map(drop).map_err(|error| Error::from(ErrorKind::Thread(Arc::new(error))))
}

struct Control {
    shared: Arc<Shared>,
    queue: EventQueue,
    tokens: Refreshing,
    /// Records whose report says that they were given up.
    given_up: usize,
}

impl Control {
    fn run(&mut self) {
        let deadline = loop {
            if let Some(deadline) = self.shared.closing().deadline {
                break deadline;
            }
            self.read(None);
        };
        self.shared.stop();
        self.shared.wait_for_offers();
        self.flush(deadline);
        if self.shared.raw.outstanding() > 0 {
            self.shared.raw.purge();
            self.drain(Instant::now() + PURGED_WITHIN);
        }
    }

    /// Sends what lingers and reads reports, until nothing is under way or it is too late.
    ///
    /// `rd_kafka_flush` holds up lingering only while it waits, and waits for reports that are read elsewhere: so it waits
    /// on a thread of its own while this one reads.
    fn flush(&mut self, deadline: Instant) {
        let shared = Arc::clone(&self.shared);
        let shared = &shared;
        thread::scope(|scope| {
            let flushing = thread::Builder::new().name("klamm-flush".to_owned());
            let left = deadline.saturating_duration_since(Instant::now());
            let flushing = flushing.spawn_scoped(scope, move || shared.raw.flush(left));
            if let Err(error) = &flushing {
                tracing::warn!(target: "klamm", %error, "no thread to flush on; what lingers is sent when it is due");
            }
            self.drain(deadline);
        });
    }

    /// Reads reports until nothing is under way, or it is too late.
    fn drain(&mut self, deadline: Instant) {
        while self.shared.raw.outstanding() > 0 {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            // Something else that counts as under way, such as a log line, may be gone without an event.
            self.read(Some(left.min(Duration::from_millis(100))));
        }
    }

    /// Reads one event, waiting up to `timeout` for it, or until something else is to be done.
    fn read(&mut self, timeout: Option<Duration>) {
        /// librdkafka's `ERR__PURGE_INFLIGHT`.
        const PURGE_IN_FLIGHT: ErrorCode = ErrorCode::from_raw(-151);
        self.tokens.poll();
        let Some(event) = self.queue.poll(timeout) else { return };
        match event {
            Event::Deliveries(deliveries) => {
                let mut reports = 0;
                self.shared.raw.deliveries(deliveries, |slot, report| {
                    reports += 1;
                    let is_given_up = matches!(report.error, Some(ErrorCode::PURGE_QUEUE | PURGE_IN_FLIGHT));
                    self.given_up += usize::from(is_given_up);
                    slot.fill(report);
                });
                // So many places are free now.
                self.shared.room.notify_additional(reports);
            }
            Event::Error(error) => {
                tracing::warn!(target: "klamm", code = error.code.name(), "{}", error.reason);
            }
            Event::TokenRefresh(refresh) => self.tokens.start(refresh, self.queue.interrupt()),
            Event::Log(line) => line.emit(),
            _ => {}
        }
    }
}

/// However the thread ends, nothing is taken any more, and who waits hears of it.
impl Drop for Control {
    fn drop(&mut self) {
        self.shared.stop();
        let replies = {
            let mut closing = self.shared.closing();
            closing.is_over = true;
            std::mem::take(&mut closing.replies)
        };
        for reply in replies {
            reply.send(Undelivered { records: self.given_up }).ok();
        }
    }
}
