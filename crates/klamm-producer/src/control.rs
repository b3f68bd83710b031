//! The thread of a producer that reads the delivery reports.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use klamm_core::{
    Error, ErrorKind,
    native::{Event, EventQueue},
};

use crate::producer::{Shared, Undelivered};

/// How long to wait for the reports of records that were given up: librdkafka makes them itself.
const PURGED_WITHIN: Duration = Duration::from_secs(5);

/// Starts the control thread of a producer.
pub(crate) fn spawn(shared: Arc<Shared>, mut queue: EventQueue) -> Result<(), Error> {
    let thread = thread::Builder::new().name("klamm-producer".to_owned());
    let spawned = thread.spawn(move || run(&shared, &mut queue));
    spawned.map(drop).map_err(|error| Error::from(ErrorKind::Thread(Arc::new(error))))
}

fn run(shared: &Shared, queue: &mut EventQueue) {
    let deadline = loop {
        if let Some(deadline) = shared.closing().deadline {
            break deadline;
        }
        read(shared, queue, None);
    };
    shared.stop();
    // Sends what lingers; the reports are read below.
    shared.raw.flush(Duration::ZERO);
    drain(shared, queue, deadline);
    let undelivered = Undelivered { records: shared.raw.outstanding() };
    if undelivered.records > 0 {
        shared.raw.purge();
        drain(shared, queue, Instant::now() + PURGED_WITHIN);
    }
    let replies = {
        let mut closing = shared.closing();
        closing.is_over = true;
        std::mem::take(&mut closing.replies)
    };
    for reply in replies {
        reply.send(undelivered).ok();
    }
}

/// Reads reports until nothing is under way, or it is too late.
fn drain(shared: &Shared, queue: &mut EventQueue, deadline: Instant) {
    while shared.raw.outstanding() > 0 {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        // Short, since what lingers again is sent by the next flush only.
        read(shared, queue, Some(left.min(Duration::from_millis(100))));
        shared.raw.flush(Duration::ZERO);
    }
}

/// Reads one event, waiting up to `timeout` for it.
fn read(shared: &Shared, queue: &mut EventQueue, timeout: Option<Duration>) {
    match queue.poll(timeout) {
        Some(event @ Event::Deliveries(_)) => {
            shared.raw.deliveries(queue, event, |slot, report| slot.fill(report));
            shared.room();
        }
        Some(Event::Error(error)) => {
            tracing::warn!(target: "klamm", code = error.code.name(), "{}", error.reason);
        }
        Some(Event::Log(line)) => {
            tracing::debug!(target: "librdkafka", level = line.level, facility = line.facility, "{}", line.text);
        }
        _ => {}
    }
}
