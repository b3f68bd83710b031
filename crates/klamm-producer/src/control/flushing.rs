//! Waits until nothing is under way.

use std::{
    sync::Arc,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crate::{
    Undelivered,
    producer::{Flush, Reply, Shared},
};

/// How long to wait at a time until nothing is under way: the last record may come to its end without an event.
pub(super) const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Those who wait until nothing is under way, and the thread that lets nothing linger meanwhile.
///
/// `rd_kafka_flush` holds up lingering only while it waits, and waits for reports that are read elsewhere: so it waits on a
/// thread of its own while the control thread reads.
#[derive(Default)]
pub(super) struct Flushing {
    waiting: Vec<Flush>,
    hastening: Option<JoinHandle<()>>,
}

impl Flushing {
    /// Answers those whose time has come, and returns how long to wait before looking again: for ever if nobody is left.
    pub(super) fn serve(&mut self, shared: &Arc<Shared>) -> Option<Duration> {
        self.waiting.append(&mut shared.requests().flushes);
        if self.waiting.is_empty() {
            return None;
        }
        let (left, now) = (shared.returns.under_way(), Instant::now());
        let is_forgotten = |flush: &Flush| flush.reply.as_ref().is_some_and(Reply::is_canceled);
        let is_over = |flush: &Flush| left == 0 || flush.until <= now || is_forgotten(flush);
        let (over, waiting) = std::mem::take(&mut self.waiting).into_iter().partition(is_over);
        self.waiting = waiting;
        answer(over, left);
        let first = self.waiting.iter().map(|flush| flush.until).min()?;
        let last = self.waiting.iter().map(|flush| flush.until).max()?;
        self.hasten(shared, last);
        Some(first.saturating_duration_since(now).min(LOOK_AGAIN))
    }

    /// Has what lingers sent, up to the deadline.
    pub(super) fn hasten(&mut self, shared: &Arc<Shared>, deadline: Instant) {
        if self.hastening.as_ref().is_some_and(|thread| !thread.is_finished()) {
            return;
        }
        let shared = Arc::clone(shared);
        let thread = thread::Builder::new().name("klamm-flush".to_owned());
        let spawned = thread.spawn(move || {
            shared.raw.flush(deadline.saturating_duration_since(Instant::now()));
        });
        match spawned {
            Ok(thread) => self.hastening = Some(thread),
            Err(error) => {
                tracing::warn!(target: "klamm", %error, "no thread to flush on; what lingers is sent when it is due");
            }
        }
    }

    /// Answers all: so many records were given up.
    pub(super) fn tell(&mut self, more: Vec<Flush>, given_up: usize) {
        self.waiting.extend(more);
        answer(std::mem::take(&mut self.waiting), given_up);
    }
}

fn answer(flushes: Vec<Flush>, records: usize) {
    for reply in flushes.into_iter().filter_map(|flush| flush.reply) {
        // Who does not wait any more need not be told.
        reply.send(Undelivered { records, ..Undelivered::default() }).ok();
    }
}
